import type { Wait } from '../../common/wait.js';
import type { Snapshot } from '../api.js';

/** What the states of a snapshot mean for a wait until it is completed. */
export const untilCompleted: Pick<Wait<Snapshot>, 'done' | 'failed' | 'describe'> = {
  done: ({ State }) => State === 'completed',
  failed: ({ State }) => (State === 'error' ? 'its state is error' : undefined),
  describe: ({ State, Progress }) => ({
    state: State ?? 'unknown',
    percent: Progress,
    queued: State === 'in-queue',
  }),
};
