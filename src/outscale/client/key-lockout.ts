import { createHash } from 'node:crypto';
import { BuildError } from '../../common/errors.js';
import { ApiError } from '../errors.js';

/** Refusals in a row that an access key may have; the fourth locks it, for a minute and more (user guide). */
const most = 3;

/** Counts the refusals of keys for all processes of this VM; a count is forgotten after ten minutes without a refusal. */
export interface RefusalCount {
  /**
   * @param key the hash of an access key
   * @returns undefined where nothing can be counted
   */
  read(key: string): number | undefined;
  add(key: string): void;
  clear(key: string): void;
}

/**
 * Keeps keys that stopped being good from being locked, with everything else that works with them: one that was refused
 * three times in a row is not sent a fourth time, by any build of this VM. Renewed keys are others.
 */
export class RefusedKeys {
  readonly #refusals = new Map<string, { readonly times: number; readonly error: ApiError }>();

  /** @param shared where the counts of other processes are; none counts this process alone. */
  constructor(private readonly shared?: RefusalCount) {}

  /** @throws ApiError the last refusal, or BuildError for those of other processes, when the key must not be sent. */
  check(accessKey: string): void {
    const refused = this.#refusals.get(accessKey);
    const known = this.shared?.read(hash(accessKey));
    // Without a shared count, or where it was cleared or has expired since, the process's own counts.
    if ((known ?? refused?.times ?? 0) < most) return;
    if (refused !== undefined) throw refused.error;
    throw new BuildError(
      `the access key was refused ${most} times in a row by builds on this VM, so it is not sent`,
      {
        hint: 'A fourth refusal would lock it. Check access key and secret key, and try again after 10 minutes.',
      },
    );
  }

  /** The answer to what was signed with it: nothing when it was taken, else why not. */
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

/** Which key it is, without telling the key. */
const hash = (accessKey: string): string => createHash('sha256').update(accessKey).digest('hex').slice(0, 32);
