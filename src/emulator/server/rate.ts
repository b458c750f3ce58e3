import { accountThrottled } from '../model/errors.js';

const second = 1000;

/**
 * Limits the calls of an account within any second; unlimited without a number. Refused calls do not count.
 */
export class RateLimit {
  readonly #calls = new Map<string, number[]>();

  constructor(private readonly most: number | undefined) {}

  /** @throws ApiError 429 code 24 if the account has reached its limit for the last second. */
  check(account: string, now: number): void {
    if (this.most === undefined) return;
    const recent = (this.#calls.get(account) ?? []).filter((at) => now - at < second);
    this.#calls.set(account, recent);
    if (recent.length >= this.most) throw accountThrottled();
    recent.push(now);
  }
}
