import { closeSync, constants, openSync } from 'node:fs';
import { waitForLock } from './file-lock.js';
import { attempt } from './proc/processes.js';

/**
 * Runs `work` while no other build on this VM holds the lock of the same directory. The lock only avoids refused API
 * calls: it is advisory, and `work` runs without it after 10 s, or if the filesystem does not support locks. Two builds
 * are kept apart by the API, which refuses a device name that is in use. The kernel releases the lock of a killed
 * process.
 * @throws the reason of the signal if it is aborted during the wait.
 */
export async function withLock<T>(folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const file = attempt(() => openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY));
  try {
    if (file !== undefined) await waitForLock(file, 'exclusive', 10_000, signal).catch(() => false);
    signal.throwIfAborted();
    return await work();
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
