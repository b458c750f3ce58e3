import type { User } from '../../host/exec/user.js';
import { attempt } from '../../host/proc/processes.js';
import { findCacheFolders, inTurnIn, removeOrphanedCopies } from './folder.js';
import { removeStates } from './limit.js';

/** What was removed. */
interface ClearedCaches {
  readonly count: number;
  readonly bytes: number;
}

/**
 * Empties the caches of a user; for root those of all users. A running build keeps its copy, and may leave a
 * new state.
 * @param directory the state directory
 * @throws BuildError if a directory is not one of caches; the error of the system call
 */
export async function clearCaches(directory: string, user: User): Promise<ClearedCaches> {
  const cleared = { count: 0, bytes: 0 };
  for (const folder of findCacheFolders(directory, user)) {
    using opened = folder;
    const { count, bytes } = await inTurnIn(opened, async () => {
      await removeOrphanedCopies(opened);
      return removeStates(opened);
    });
    cleared.count += count;
    cleared.bytes += bytes;
  }
  return cleared;
}

/**
 * Removes the copies of caches that killed builds have left. They only take space, so what prevents it is not
 * an error.
 */
export async function removeCacheCopies(directory: string, user: User): Promise<void> {
  for (const folder of attempt(() => findCacheFolders(directory, user)) ?? []) {
    using opened = folder;
    await inTurnIn(opened, async () => await removeOrphanedCopies(opened)).catch(() => {});
  }
}
