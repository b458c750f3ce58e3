import { keyLocked } from '../model/errors.js';

const minute = 60_000;

/**
 * "If you try to sign requests with an invalid access key four times in a row, further authentication
 * attempts will be prevented for 1 minute. This lockout time increases 1 minute every four failed attempts,
 * for up to 10 minutes."
 */
export class Lockout {
  readonly #keys = new Map<string, { failures: number; last: number; until: number }>();

  /** @throws ApiError code 13 while the key is locked */
  check(key: string, now: number): void {
    const until = this.#keys.get(key)?.until ?? 0;
    if (now < until) throw keyLocked(Math.ceil((until - now) / 1000));
  }

  failed(key: string, now: number): void {
    // Entries older than the longest lock expire, so that the map does not grow.
    for (const [other, { last }] of this.#keys) if (now - last > 20 * minute) this.#keys.delete(other);
    const known = this.#keys.get(key);
    const failures = (known?.failures ?? 0) + 1;
    const isLocked = failures % 4 === 0;
    const until = isLocked ? now + Math.min(failures / 4, 10) * minute : 0;
    this.#keys.set(key, { failures, last: now, until });
  }

  succeeded(key: string): void {
    this.#keys.delete(key);
  }
}
