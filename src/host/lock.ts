import lockfile from 'proper-lockfile';

/** Runs `work` unless another process is inside the same lock: then that one is at it, and nothing is done here. */
export async function ifUnlocked(path: string, work: () => Promise<void>): Promise<void> {
  const release = await lockfile
    .lock(path, { realpath: false, stale: 10_000, onCompromised: () => {} })
    .catch(() => undefined);
  if (release === undefined) return;
  try {
    await work();
  } finally {
    await release().catch(() => {});
  }
}

/**
 * Runs `work` while no other build on this VM is inside the same lock. It is a courtesy that saves refused calls:
 * a lock that was left by a killed process, or lost to a stalled one, is passed over after 2 s, and what keeps two
 * builds apart is that the API refuses a name that is taken.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await lockfile.lock(path, {
    realpath: false,
    stale: 2000,
    update: 1000,
    retries: { retries: 600, minTimeout: 20, maxTimeout: 100, factor: 1.2, randomize: true },
    onCompromised: () => {},
  });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}
