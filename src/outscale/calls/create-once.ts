import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import { AnswerLostError, isConflict } from '../errors.js';

export interface Once<T> {
  /** Makes the call that must not be repeated blindly. */
  readonly ask: () => Promise<T>;
  /** Looks whether it was done after all; undefined if not. */
  readonly find: () => Promise<T | undefined>;
  readonly attempts?: number;
  readonly signal?: AbortSignal | undefined;
  readonly sleep?: Sleep;
}

/**
 * Has a thing done once, though answers get lost: after each AnswerLostError it looks, and asks again only for what
 * is not to be found. A conflict after a lost answer is looked into as well: the lost call may have come late.
 * @throws what `ask` and `find` throw, the last AnswerLostError when the attempts (default 5) are used up.
 */
export async function askOnce<T>({
  ask,
  find,
  attempts = 5,
  signal,
  sleep = realSleep,
}: Once<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const lost = error instanceof AnswerLostError;
      if (!lost && !(attempt > 1 && isConflict(error))) throw error;
      const found = await find();
      if (found !== undefined) return found;
      if (attempt === attempts) throw error;
      await sleep(250 * 2 ** attempt, signal);
    }
  }
}
