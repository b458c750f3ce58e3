import lockfile from 'proper-lockfile';

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
