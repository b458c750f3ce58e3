import { ApiError } from './errors.js';

/** Refusals in a row that an access key may have; the fourth locks it, for a minute and more (user guide). */
const most = 3;

/**
 * Keeps keys that stopped being good from being locked, with everything else that works with them: one that was refused
 * three times in a row is not sent a fourth time. Renewed keys are others.
 */
export class RefusedKeys {
  readonly #refusals = new Map<string, { readonly times: number; readonly error: ApiError }>();

  /** @throws ApiError the last refusal, when the key must not be sent any more. */
  check(accessKey: string): void {
    const refused = this.#refusals.get(accessKey);
    if (refused !== undefined && refused.times >= most) throw refused.error;
  }

  /** The answer to what was signed with it: nothing when it was taken, else why not. */
  note(accessKey: string, error?: unknown): void {
    if (error === undefined) this.#refusals.delete(accessKey);
    else if (error instanceof ApiError && error.refusal === 'authentication')
      this.#refusals.set(accessKey, { times: (this.#refusals.get(accessKey)?.times ?? 0) + 1, error });
  }
}
