import { BuildError } from '../../common/errors.js';
import { sleep } from '../../common/wait.js';

/**
 * Milliseconds after sending during which the API may still carry out a request: its signature is valid for 5
 * minutes, and the client repeats a call for at most 2 minutes and 45 seconds after the first attempt.
 */
const validity = 10 * 60_000;

/** Milliseconds that one release waits for the result of such a request. */
const timeout = 10_000;

/** A request without a response may still be carried out; at present there is nothing to remove. */
export class PendingError extends BuildError {
  override name = 'PendingError';
}

/** A request whose outcome is unknown, and how to find the resource it created. */
export interface Unanswered<T> {
  /** What may appear, for the error: `A volume with ClientToken x`. */
  readonly what: string;
  /** When the request was last sent (ISO 8601); null or undefined if its outcome is known. */
  readonly asked: string | null | undefined;
  readonly find: () => Promise<T | undefined>;
  /** Whether the request can no longer succeed, because what it needs is gone. */
  readonly isImpossible?: () => Promise<boolean>;
  /** Look up only once. */
  readonly shortTimeouts?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Finds the resource that a request created whose response was lost or not awaited. Lists may lag, and the
 * API may carry out a request minutes after it was sent, so an empty list proves nothing until the request
 * has expired.
 * @returns undefined if the request created nothing and can no longer create anything.
 * @throws PendingError if nothing was found yet, but the request has not expired; what `find` and
 *   `isImpossible` throw.
 */
export async function findLate<T>(unanswered: Unanswered<T>): Promise<T | undefined> {
  const { what, asked, find, isImpossible, shortTimeouts = false, signal } = unanswered;
  const start = performance.now();
  while (true) {
    const expires = expiryOf(asked);
    const found = await find();
    if (found !== undefined || expires === undefined) return found;
    if ((await isImpossible?.()) === true) return undefined;
    const waited = performance.now() - start;
    if (shortTimeouts || waited > timeout) {
      const until = expires.toISOString();
      throw new PendingError(
        `${what} may still appear until ${until}: the API has not answered the request`,
        {
          hint: 'The next build on this VM looks again. If nothing has appeared by then, there is nothing to remove.',
        },
      );
    }
    await sleep(Math.min(2_000, Math.max(200, waited / 2)), signal);
  }
}

/**
 * When a request expires; undefined if it has expired. A date far in the future precedes a clock that was set
 * back.
 */
function expiryOf(asked: string | null | undefined): Date | undefined {
  if (asked == null) return undefined;
  const sent = Date.parse(asked);
  const isOpen = Math.abs(Date.now() - sent) < validity;
  return isOpen ? new Date(sent + validity) : undefined;
}
