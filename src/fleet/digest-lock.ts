import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../common/errors.js';
import { sleep } from '../common/wait.js';
import { asUser, type User } from '../host/exec/user.js';
import { isStill, lockFile } from '../host/file-lock.js';
import { attempt } from '../host/proc/processes.js';
import { sharedFolder } from './folder.js';

/** Milliseconds between two tries. */
const interval = 500;

/** Where the lock is, and what to do while and without it. */
interface DigestLock {
  readonly directory: string;
  readonly user: User;
  readonly digest: string;
  readonly signal: AbortSignal;
  /** Called once if another build has the lock: whether to wait for it. */
  readonly isNeeded: () => Promise<boolean>;
  readonly warn: (line: string) => void;
}

/**
 * Waits until no other build of the user on this VM builds from the same digest. The kernel releases the lock
 * of a killed process. A lock that is not available is a warning: then both build.
 * @returns the lock, or none that is needed; disposing of it releases it
 * @throws the reason of the signal when it is aborted
 */
export async function lockDigest(lock: DigestLock): Promise<Disposable> {
  const { directory, user, digest, signal, isNeeded, warn } = lock;
  let isWaiting = false;
  const none = { [Symbol.dispose]: () => {} };
  try {
    const folder = sharedFolder(directory, user, 'reuse');
    const path = folder && join(folder, digest);
    if (path === undefined) return none;
    while (true) {
      const file = open(path, user);
      const isLocked = await lockFile(file, 'exclusive', 0, signal).catch((error: unknown) => {
        closeSync(file);
        throw error;
      });
      // The one that had the lock removes the file before it releases it.
      if (isLocked && isStill(path, file)) return releaseOf(path, file, user);
      closeSync(file);
      if (isLocked) continue;
      if (!isWaiting && !(await isNeeded())) return none;
      isWaiting = true;
      await sleep(interval, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    warn(`Lock of builds of the same OMI not available, continuing without it: ${describe(error)}`);
  }
  return none;
}

function open(path: string, user: User): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  return asUser(user, () => openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600));
}

const releaseOf = (path: string, file: number, user: User): Disposable => ({
  [Symbol.dispose]: () => {
    attempt(() => asUser(user, () => rmSync(path, { force: true })));
    closeSync(file);
  },
});
