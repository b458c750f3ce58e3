import { clockSkew, toleratedSkew } from './answer.js';

/**
 * The API's time, for signatures: the `Date` of its last response plus the monotonic time since. Before the
 * first response it is this machine's clock. A wrong clock, or one that is set while a build runs, does not
 * invalidate signatures.
 */
export class ServerClock {
  #last: { readonly date: number; readonly at: number } | undefined;

  /**
   * @param local this machine's clock, in milliseconds since 1970
   * @param steady monotonic milliseconds
   */
  constructor(
    private readonly local: () => number,
    private readonly steady: () => number,
  ) {}

  /** Milliseconds since 1970. */
  now(): number {
    return this.#last === undefined ? this.local() : this.#last.date + this.steady() - this.#last.at;
  }

  /** @param date the header `Date` of an API response; a missing or malformed date is ignored. */
  update(date: unknown): void {
    const time = Date.parse(String(date));
    if (!Number.isNaN(time)) this.#last = { date: time, at: this.steady() };
  }

  /** Whether the time of a signature was too far from the API's time for the signature to be valid. */
  static isOff(date: unknown, signedAt: number): boolean {
    return Math.abs(clockSkew(date, signedAt) ?? 0) > toleratedSkew;
  }
}
