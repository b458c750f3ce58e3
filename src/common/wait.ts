import { setTimeout } from 'node:timers/promises';
import { QueueTime } from './queue-time.js';

/** Sleeps for some milliseconds; rejects with the reason of the signal when it is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) => abortable(setTimeout(ms, undefined, { signal }), signal);

/** The result of a promise; rejects with the reason of the signal if it is aborted first. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  return await new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work
      // Work that listens to the same signal may reject first, with an error of its own.
      .then(resolve, (error) => reject(signal.aborted ? signal.reason : error))
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The state of a resource while it is waited for. */
export interface ResourceState {
  readonly state: string;
  readonly percent?: number | undefined;
  /** The resource is in a queue: of all limits only `queueTimeout` applies, which is for this time. */
  readonly queued?: boolean;
}

export interface Progress extends ResourceState {
  readonly what: string;
  /** Milliseconds since the wait began. */
  readonly elapsed: number;
}

export interface Wait<T> {
  /** The resource with its ID, for error messages: `snapshot snap-12345678`. */
  readonly what: string;
  /** Reads the resource; undefined if it does not exist. It must have a time limit of its own. */
  readonly read: () => Promise<T | undefined>;
  readonly done: (thing: T) => boolean;
  /** Why the resource has failed for good, as the API reports it; undefined while it can still succeed. */
  readonly failed?: (thing: T) => string | undefined;
  readonly describe: (thing: T) => ResourceState;
  /** Whether an error of `read` is transient; any other error ends the wait. */
  readonly transient?: (error: unknown) => boolean;
  /**
   * Limits in milliseconds: of the wait outside of a queue, in a queue, without a change of state or percent,
   * and without the resource.
   */
  readonly timeout: number;
  readonly queueTimeout?: number;
  readonly stall?: number;
  readonly absence?: number;
  /** Milliseconds until the next read, by the milliseconds waited so far and the last state. */
  readonly interval?: (elapsed: number, last: ResourceState | undefined) => number;
  /** When what is waited for was requested, by `clock`; else the wait began with this call. */
  readonly begun?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A monotonic clock in milliseconds. */
  readonly clock?: () => number;
  readonly sleep?: Sleep;
  /** Called after every read, even a failed one, with the last known state. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A wait that ended before the resource was ready. */
class WaitError extends Error {
  override name = 'WaitError';
  constructor(
    readonly reason: 'failed' | 'vanished' | 'stalled' | 'timeout',
    message: string,
    readonly last: ResourceState | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * The first read is after 100 ms; then the delay is 30 % of the elapsed time, at most 5 s, and 10 s after 10
 * min.
 */
export const pollDelay = (elapsed: number): number =>
  elapsed > 600_000 ? 10_000 : Math.min(5_000, Math.max(100, elapsed * 0.3));

const duration = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

function shown(last: ResourceState | undefined): string {
  if (last === undefined) return 'it was never found';
  return `last state: ${last.state}${last.percent === undefined ? '' : `, ${last.percent} %`}`;
}

/**
 * Polls a resource until it is done, and returns it.
 * @throws WaitError if the resource fails, does not exist, makes no progress or takes too long; the reason of
 *   the signal if it is aborted; the error of `read` unless it is transient
 */
export async function waitFor<T>(wait: Wait<T>): Promise<T> {
  const { what, signal, clock = () => performance.now(), interval = pollDelay } = wait;
  const {
    transient = () => false,
    failed: failureOf = () => undefined,
    queueTimeout = Infinity,
    stall = Infinity,
    absence = 15_000,
  } = wait;
  const start = wait.begun ?? clock();
  const since = (moment: number): number => clock() - moment;
  const queue = new QueueTime(clock());
  let last: ResourceState | undefined;
  let changed = clock();
  let absent: number | undefined;
  let failure: unknown;
  // What was requested long ago may be done, also after the time limit.
  let pause = wait.begun === undefined ? undefined : Math.max(0, interval(0, undefined) - since(start));
  const end = (reason: WaitError['reason'], problem: string): WaitError =>
    new WaitError(
      reason,
      `${what} ${problem}; ${shown(last)}`,
      last,
      failure === undefined ? {} : { cause: failure },
    );

  while (true) {
    const isQueued = last?.queued === true;
    const left = isQueued ? queueTimeout - queue.total : wait.timeout - since(start) + queue.total;
    if (left <= 0 && isQueued) throw end('timeout', `was still in the queue after ${duration(queueTimeout)}`);
    if (left <= 0 && pause === undefined)
      throw end('timeout', `was not ready after ${duration(wait.timeout)}`);
    await (wait.sleep ?? sleep)(Math.max(0, Math.min(left, pause ?? interval(since(start), last))), signal);
    pause = undefined;
    let thing: T | undefined;
    failure = undefined;
    try {
      thing = await abortable(wait.read(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!transient(error)) throw error;
      failure = error;
      changed = clock(); // A failed read does not show a stall.
    }
    if (thing !== undefined) {
      const state = wait.describe(thing);
      if (state.queued || state.state !== last?.state || state.percent !== last.percent) changed = clock();
      last = state;
      absent = undefined;
      if (wait.done(thing)) return thing;
      const failed = failureOf(thing);
      if (failed !== undefined) throw end('failed', `failed: ${failed}`);
    } else if (failure === undefined) {
      absent ??= clock();
      if (since(absent) >= absence) throw end('vanished', 'does not exist');
    }
    queue.add(clock(), last?.queued === true);
    if (since(changed) >= stall) throw end('stalled', `made no progress for ${duration(stall)}`);
    wait.onProgress?.({ state: 'unknown', ...last, what, elapsed: since(start) });
  }
}
