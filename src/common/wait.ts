import { setTimeout } from 'node:timers/promises';

/** Sleeps for some milliseconds; rejects with the signal's reason as soon as that is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) => abortable(setTimeout(ms, undefined, { signal }), signal);

/** The result of some work, or the signal's reason at once when that is aborted first. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  return await new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work
      // Work that listens to the same signal may fail first, in words of its own.
      .then(resolve, (error) => reject(signal.aborted ? signal.reason : error))
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What is to be seen of a thing while it is waited for. */
export interface Seen {
  readonly state: string;
  readonly percent?: number | undefined;
  /** It waits for its turn: no progress is expected, so the stall limit does not count. */
  readonly queued?: boolean;
}

export interface Progress extends Seen {
  readonly what: string;
  /** Milliseconds since the wait began. */
  readonly elapsed: number;
}

export interface Wait<T> {
  /** The thing with its ID, as it stands in errors: `snapshot snap-12345678`. */
  readonly what: string;
  /** Looks at the thing; undefined if it is not there. It has a time limit of its own. */
  readonly read: () => Promise<T | undefined>;
  readonly done: (thing: T) => boolean;
  /** Why it can never get there any more, in the API's words; undefined while it can. */
  readonly dead?: (thing: T) => string | undefined;
  readonly describe: (thing: T) => Seen;
  /** Whether a failed `read` says nothing about the thing; other errors end the wait. */
  readonly transient?: (error: unknown) => boolean;
  /** Limits in milliseconds: of the whole wait, without a change of state or percent, of not being there. */
  readonly timeout: number;
  readonly stall?: number;
  readonly absence?: number;
  /** Milliseconds until the next look, by the milliseconds waited so far. */
  readonly interval?: (elapsed: number) => number;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that never jump. */
  readonly clock?: () => number;
  readonly sleep?: Sleep;
  /** Called after every look, also after one that failed, with what was seen last. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A wait that ended without what it waited for. */
class WaitError extends Error {
  override name = 'WaitError';
  constructor(
    readonly reason: 'dead' | 'vanished' | 'stalled' | 'timeout',
    message: string,
    readonly last: Seen | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The first look comes after 100 ms; then waits of 30 % of the time so far, up to 5 s, after 10 minutes 10 s. */
export const pollDelay = (elapsed: number): number =>
  elapsed > 600_000 ? 10_000 : Math.min(5_000, Math.max(100, elapsed * 0.3));

const duration = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

function shown(last: Seen | undefined): string {
  if (last === undefined) return 'never seen';
  return `last state: ${last.state}${last.percent === undefined ? '' : `, ${last.percent} %`}`;
}

/**
 * Looks at a thing until it is done, and returns it.
 * @throws WaitError when it is dead, has vanished, makes no progress or takes too long; the signal's reason
 *   when that is aborted; what `read` throws unless it is transient.
 */
export async function waitFor<T>(wait: Wait<T>): Promise<T> {
  const { what, signal, clock = () => performance.now(), interval = pollDelay } = wait;
  const { transient = () => false, dead = () => undefined, stall = Infinity, absence = 15_000 } = wait;
  const start = clock();
  const since = (moment: number): number => clock() - moment;
  let last: Seen | undefined;
  let changed = start;
  let absent: number | undefined;
  let failure: unknown;
  const end = (reason: WaitError['reason'], words: string): WaitError =>
    new WaitError(
      reason,
      `${what} ${words}; ${shown(last)}`,
      last,
      failure === undefined ? {} : { cause: failure },
    );

  while (true) {
    const left = wait.timeout - since(start);
    if (left <= 0) throw end('timeout', `was not ready after ${duration(wait.timeout)}`);
    await (wait.sleep ?? sleep)(Math.min(left, interval(since(start))), signal);
    let thing: T | undefined;
    failure = undefined;
    try {
      thing = await abortable(wait.read(), signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!transient(error)) throw error;
      failure = error;
      changed = clock(); // Nothing was seen, so nothing was seen to stall.
    }
    if (thing !== undefined) {
      const seen = wait.describe(thing);
      if (seen.queued || seen.state !== last?.state || seen.percent !== last.percent) changed = clock();
      last = seen;
      absent = undefined;
      if (wait.done(thing)) return thing;
      const death = dead(thing);
      if (death !== undefined) throw end('dead', `failed: ${death}`);
    } else if (failure === undefined) {
      absent ??= clock();
      if (since(absent) >= absence) throw end('vanished', 'is not there');
    }
    if (since(changed) >= stall) throw end('stalled', `made no progress for ${duration(stall)}`);
    wait.onProgress?.({ state: 'unknown', ...last, what, elapsed: since(start) });
  }
}
