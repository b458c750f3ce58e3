import lockfile from 'proper-lockfile';
import { abortable } from '../common/wait.js';

/** Runs `work` unless another process is inside the same lock: then that one is at it, nothing is done, and the answer is undefined. */
export async function ifUnlocked<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  const release = await lockfile
    .lock(path, { realpath: false, stale: 10_000, onCompromised: () => {} })
    .catch(() => undefined);
  if (release === undefined) return undefined;
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}

/**
 * Runs `work` while no other build on this VM is inside the same lock. It is a courtesy that saves refused calls: a
 * lock that was left by a killed process is passed over after 2 s, one that is not to be had within about 10 s is
 * done without. What keeps two builds apart is that the API refuses a name that is taken.
 * @throws the signal's reason when it is aborted while waiting.
 */
export async function withLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const asked = lockfile
    .lock(path, {
      realpath: false,
      stale: 2000,
      update: 1000,
      retries: { retries: 120, minTimeout: 20, maxTimeout: 100, factor: 1.2, randomize: true },
      onCompromised: () => {},
    })
    .catch(() => async () => {});
  const release = async (): Promise<void> => await (await asked)().catch(() => {});
  try {
    await abortable(asked, signal);
    return await work();
  } finally {
    void release();
  }
}
