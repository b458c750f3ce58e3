import { accountThrottled } from '../model/errors.js';

const second = 1000;

/** How many calls an account may make within any second; without a number, any. Refused calls do not count. */
export class RateLimit {
  readonly #calls = new Map<string, number[]>();

  constructor(private readonly most: number | undefined) {}

  /** @throws ApiError 429 code 24 when the account has made its calls of the last second. */
  check(account: string, now: number): void {
    if (this.most === undefined) return;
    const recent = (this.#calls.get(account) ?? []).filter((at) => now - at < second);
    this.#calls.set(account, recent);
    if (recent.length >= this.most) throw accountThrottled();
    recent.push(now);
  }
}
