import type { Operation, RequestOf } from './api.js';
import { ApiError, isTransient } from './errors.js';

/** Milliseconds that the first and the longest delay stay under. */
const first = 200;
const longest = 10_000;

/**
 * How many milliseconds to wait before asking again, after `attempt` attempts (from 1) in `elapsed` of `budget`
 * milliseconds: full jitter under a doubling limit, or what the API asks for by `Retry-After`, if longer.
 * @param random from 0 to 1.
 */
export function nextDelay(
  error: unknown,
  attempt: number,
  elapsed: number,
  random: number,
  budget: number,
): number | 'give up' {
  if (!isTransient(error)) return 'give up';
  const jitter = random * Math.min(longest, first * 2 ** (attempt - 1));
  const asked = error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
  const delay = Math.max(asked, jitter);
  return elapsed + delay > budget ? 'give up' : delay;
}

/**
 * Whether a call that may have been done can be sent once more without looking: reading, deleting and updating
 * can, creating can where a ClientToken makes it one thing (schemas `CreateVolumeRequest`, `CreateSnapshotRequest`),
 * linking, unlinking and registering an image can not.
 */
export function isRepeatable<Op extends Operation>(operation: Op, request: RequestOf<Op>): boolean {
  if (/^(Read|Delete|Update)|^CreateTags$/.test(operation)) return true;
  return 'ClientToken' in request && request.ClientToken !== undefined;
}
