import lockfile from 'proper-lockfile';
import { abortable } from '../common/wait.js';

/** Runs `work` while it holds a lock. Returns undefined, without running it, when another process holds the lock. */
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
 * Runs `work` while no other build on this VM holds the same lock. The lock only avoids API calls that would fail: the
 * API itself refuses a name that is in use. So a lock of a killed process expires after 2 s, and `work` runs without the
 * lock when it is not available within about 10 s.
 * @throws the reason of the signal when it is aborted during the wait.
 */
export async function withLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const acquired = lockfile
    .lock(path, {
      realpath: false,
      stale: 2000,
      update: 1000,
      retries: { retries: 120, minTimeout: 20, maxTimeout: 100, factor: 1.2, randomize: true },
      onCompromised: () => {},
    })
    .catch(() => async () => {});
  const release = async (): Promise<void> => await (await acquired)().catch(() => {});
  try {
    await abortable(acquired, signal);
    return await work();
  } finally {
    void release();
  }
}
