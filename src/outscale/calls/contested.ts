import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import { isConflict } from '../errors.js';

/** Milliseconds by which a list may lag behind a change. */
const lag = 5_000;

/** A call has failed after this many refusals without an explanation, over this many milliseconds. */
const attempts = 3;
const duration = 10_000;

/** The time that a contested call sees. */
export interface Timing {
  readonly sleep: Sleep;
  /** Monotonic, in milliseconds. */
  readonly clock: () => number;
}

const realTime: Timing = { sleep: realSleep, clock: () => performance.now() };

/** A call that the API refuses with a conflict if another process has made it first. */
export interface Contested<T> {
  /** Reads what the call needs, and makes it. */
  readonly ask: () => Promise<T>;
  /** Reads whether another process has made the call that was refused last. */
  readonly isExplained: () => Promise<boolean>;
  /** Called after each refusal. */
  readonly refused?: (error: unknown, isExplained: boolean) => void;
  readonly signal: AbortSignal;
}

/**
 * Repeats a call as long as another process explains each conflict. A conflict has other causes too: the VM
 * or the source is being changed, or the API uses the same status for another refusal. Lists may lag, so each
 * refusal is looked up for 5 s.
 * @returns the result of `ask`
 * @throws the last conflict, after three in a row and at least 10 s without an explanation; what `ask` and
 *   `isExplained` throw
 */
export async function askContested<T>(
  { ask, isExplained, refused, signal }: Contested<T>,
  time: Timing = realTime,
): Promise<T> {
  let unexplained = 0;
  let since = 0;
  while (true) {
    const start = time.clock();
    try {
      return await ask();
    } catch (error) {
      if (!isConflict(error)) throw error;
      const isKnown = await within(lag, isExplained, signal, time);
      refused?.(error, isKnown);
      if (unexplained === 0) since = start;
      unexplained = isKnown ? 0 : unexplained + 1;
      if (unexplained >= attempts && time.clock() - since >= duration) throw error;
    }
  }
}

/** Whether something becomes true within some milliseconds. */
async function within(
  ms: number,
  isTrue: () => Promise<boolean>,
  signal: AbortSignal,
  { sleep, clock }: Timing,
): Promise<boolean> {
  const start = clock();
  for (let delay = 250; ; delay *= 2) {
    if (await isTrue()) return true;
    const left = ms - (clock() - start);
    if (left <= 0) return false;
    await sleep(Math.min(delay, left), signal);
  }
}
