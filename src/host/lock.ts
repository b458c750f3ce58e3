import { closeSync, constants, openSync } from 'node:fs';
import { waitForLock } from './file-lock.js';
import { attempt } from './proc/processes.js';

/**
 * Runs `work` while no other build on this VM has the lock of the same folder. It is a courtesy that saves refused
 * calls: the kernel releases the lock of a killed process, and a lock that is not to be had within 10 s, or that the
 * filesystem does not have, is done without. What keeps two builds apart is that the API refuses a name that is taken.
 * @throws the signal's reason when it is aborted while waiting.
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
