import type { Operation, RequestOf } from '../api.js';
import { ApiError, ConnectionError, isAmbiguous, isTransient } from '../errors.js';

/** Upper limits of the first and of every delay, in milliseconds. */
const first = 200;
const longest = 10_000;

/**
 * Milliseconds to wait before the next attempt, after `attempt` attempts (from 1) in `elapsed` of `budget`
 * milliseconds: exponential backoff with full jitter, or the API's `Retry-After` if that is longer.
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
 * Whether a call that the API may have carried out can be repeated without a lookup: reads, deletions and
 * updates can; creations can if a ClientToken makes them idempotent (schemas `CreateVolumeRequest`,
 * `CreateSnapshotRequest`); linking, unlinking and registering an image cannot.
 */
export function isRepeatable<Op extends Operation>(operation: Op, request: RequestOf<Op>): boolean {
  if (/^(Read|Delete|Update)|^CreateTags$/.test(operation)) return true;
  return 'ClientToken' in request && request.ClientToken !== undefined;
}

/** Whether a call timed out. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof ConnectionError && error.code === 'ETIMEDOUT';

/**
 * Whether the caller must look up the result of a failed call before repeating it. That includes a creation
 * with a ClientToken that timed out: if the API always takes longer than the timeout, no repetition would
 * succeed.
 */
export function mustLookUp<Op extends Operation>(
  error: unknown,
  operation: Op,
  request: RequestOf<Op>,
): boolean {
  if (!isAmbiguous(error)) return false;
  return (isTimeout(error) && mayHaveCreated(error, operation, request)) || !isRepeatable(operation, request);
}

/** Whether a failed call may have created a resource that its ClientToken identifies. */
export const mayHaveCreated = <Op extends Operation>(
  error: unknown,
  operation: Op,
  request: RequestOf<Op>,
): boolean => isAmbiguous(error) && /^Create(Volume|Snapshot)$/.test(operation) && request.DryRun !== true;
