import { BuildError } from '../../common/errors.js';
import { sha256 } from '../../common/sha256.js';
import { ApiError } from '../errors.js';

/** Consecutive refusals of an access key; the fourth locks it for a minute or more (user guide). */
const most = 3;

/**
 * Counts refusals of keys for all processes of this VM. A count expires ten minutes after its last refusal.
 */
export interface RefusalCount {
  /**
   * @param key the hash of an access key
   * @returns undefined if counts cannot be stored
   */
  read(key: string): number | undefined;
  add(key: string): void;
  clear(key: string): void;
}

/**
 * Prevents the API from locking an access key that became invalid, which would also affect other users of the
 * key: after three consecutive refusals no build on this VM sends it. Renewed keys have their own count.
 */
export class RefusedKeys {
  readonly #refusals = new Map<string, { readonly times: number; readonly error: ApiError }>();

  /** @param shared the counts of all processes; without it only this process is counted. */
  constructor(private readonly shared?: RefusalCount) {}

  /**
   * @throws if the key must not be sent: ApiError, the last refusal, or BuildError for refusals in other
   *   processes.
   */
  check(accessKey: string): void {
    const refused = this.#refusals.get(accessKey);
    const known = this.shared?.read(hash(accessKey));
    // The count of this process applies without a shared count, or if that was cleared or has expired.
    if ((known ?? refused?.times ?? 0) < most) return;
    if (refused !== undefined) throw refused.error;
    throw new BuildError(
      `Access key not sent: the API refused it ${most} times in a row for builds on this VM`,
      {
        hint: 'Check the access key and the secret key, and try again after 10 minutes. A fourth refusal would lock the key.',
      },
    );
  }

  /** Records the result of a request with this key: no error if the API accepted the key. */
  note(accessKey: string, error?: unknown): void {
    if (error === undefined) {
      this.#refusals.delete(accessKey);
      this.shared?.clear(hash(accessKey));
    } else if (error instanceof ApiError && error.refusal === 'authentication') {
      this.#refusals.set(accessKey, { times: (this.#refusals.get(accessKey)?.times ?? 0) + 1, error });
      this.shared?.add(hash(accessKey));
    }
  }
}

/** Identifies a key without revealing it. */
const hash = (accessKey: string): string => sha256(accessKey).slice(0, 32);
