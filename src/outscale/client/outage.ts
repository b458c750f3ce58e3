import { ConnectionError } from '../errors.js';

/** Attempts of a call after which a lost connection is reported. */
const most = 3;

/** Reports once that the API cannot be reached, until it answers again. */
export class Outage {
  #isReported = false;

  /** @param notice receives the line */
  constructor(private readonly notice: (line: string) => void) {}

  /** Records any answer of the API, also a refusal. */
  end(): void {
    this.#isReported = false;
  }

  /**
   * Records a failed attempt of a call that will be repeated. Reports a request that was not sent at once,
   * and a lost connection, which may be a single event, after three attempts.
   */
  failed(error: unknown, attempts: number): void {
    if (!(error instanceof ConnectionError)) {
      this.end();
      return;
    }
    if (this.#isReported || (error.sent && attempts < most)) return;
    this.#isReported = true;
    this.notice(`The API could not be reached yet, and the call is repeated: ${error.message}`);
  }
}
