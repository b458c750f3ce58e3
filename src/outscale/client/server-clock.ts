import { clockSkew, toleratedSkew } from './answer.js';

/**
 * The API's time, which requests are signed with: the `Date` of its last answer plus the monotonic time since. Before the
 * first answer it is this machine's clock. A clock that is wrong, or that is set while a build runs, harms no signature.
 */
export class ServerClock {
  #last: { readonly date: number; readonly at: number } | undefined;

  /**
   * @param local this machine's clock, in milliseconds since 1970
   * @param steady milliseconds that never jump
   */
  constructor(
    private readonly local: () => number,
    private readonly steady: () => number,
  ) {}

  /** Milliseconds since 1970. */
  now(): number {
    return this.#last === undefined ? this.local() : this.#last.date + this.steady() - this.#last.at;
  }

  /** @param date the header `Date` of an answer of the API; one that is missing or malformed changes nothing. */
  update(date: unknown): void {
    const time = Date.parse(String(date));
    if (!Number.isNaN(time)) this.#last = { date: time, at: this.steady() };
  }

  /** Whether a request that was signed with this time was too far from the API's for its signature to be good. */
  static isOff(date: unknown, signedAt: number): boolean {
    return Math.abs(clockSkew(date, signedAt) ?? 0) > toleratedSkew;
  }
}
