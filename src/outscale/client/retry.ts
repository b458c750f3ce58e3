import type { Operation, RequestOf } from '../api.js';
import { ApiError, ConnectionError, isAmbiguous, isTransient } from '../errors.js';

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

/** Whether a call got no answer in time. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof ConnectionError && error.code === 'ETIMEDOUT';

/**
 * Whether the caller must look for the result of a failed call before it is repeated. That includes a creation with a
 * ClientToken that did not answer in time: an API that takes longer than the timeout to answer would never be heard.
 */
export function mustLookUp<Op extends Operation>(
  error: unknown,
  operation: Op,
  request: RequestOf<Op>,
): boolean {
  if (!isAmbiguous(error)) return false;
  return (isTimeout(error) && mayHaveCreated(error, operation, request)) || !isRepeatable(operation, request);
}

/** Whether there may be something by now that a ClientToken finds, although the call failed. */
export const mayHaveCreated = <Op extends Operation>(
  error: unknown,
  operation: Op,
  request: RequestOf<Op>,
): boolean => isAmbiguous(error) && /^Create(Volume|Snapshot)$/.test(operation) && request.DryRun !== true;
