import { closeSync, constants, openSync } from 'node:fs';
import { describe } from '../common/errors.js';
import { lockFile } from './file-lock.js';
import { attempt } from './proc/processes.js';

/** The lock to take, and what to do while and without it. */
interface Locked {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly warn: (line: string) => void;
}

/**
 * Runs `work` while no other build on this VM has the lock of the same folder. The lock only saves API calls
 * that would be refused: the API itself keeps two builds from one name. So a lock that is not available
 * within 10 s, or that the filesystem does not support, is a warning. The kernel releases the lock of a
 * killed process.
 * @throws the reason of the signal when it is aborted during the wait.
 */
export async function withLock<T>({ folder, signal, warn }: Locked, work: () => Promise<T>): Promise<T> {
  const file = attempt(() => openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY));
  try {
    if (file !== undefined) {
      await lockFile(file, 'exclusive', 10_000, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        warn(`Lock of ${folder} not available, continuing without it: ${describe(error)}`);
      });
    }
    signal.throwIfAborted();
    return await work();
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
