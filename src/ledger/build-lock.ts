import { closeSync, constants, fchownSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError } from '../common/errors.js';
import type { User } from '../host/exec/user.js';
import { isStill, lockAndReserve, lockFile } from '../host/file-lock.js';
import { codeOf } from '../host/system-error.js';
import { syncFolder } from './folders.js';

/*
 * A build is alive as long as the kernel has a shared lock on its ledger: the build's process holds one, or,
 * between mount and commit, the process of lock-holder.ts. A cleanup needs the exclusive lock, which the
 * kernel grants once every process of the build has ended, in any PID namespace.
 */

/** How long a process may have the exclusive lock while it tests for it, in milliseconds. */
const brief = 1000;

/**
 * Disk space that is reserved for the lines of a ledger, in bytes. The lines of a build take less than 64
 * KiB.
 */
const reserve = 128 * 1024;

/**
 * Creates the ledger of a new build, locks it, and reserves disk space for its lines, so that the build can
 * write them if the disk fills up later.
 * @returns the open file. Node.js opens it close-on-exec, so the programs that the build starts do not keep
 *   the lock.
 * @throws BuildError if the filesystem has no locks; the error of the system call if it has no space
 */
export async function createLocked(path: string, { uid, gid }: User): Promise<number> {
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const created = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  // An open file that is writable would prevent a read-only remount of its disk.
  const file = openSync(path, O_RDONLY | O_NOFOLLOW);
  try {
    fchownSync(created, uid, gid);
    if (!(await lockAndReserve(file, 'shared', brief, { file: created, bytes: reserve })))
      throw new BuildError(`${path} is locked by another process`);
    syncFolder(dirname(path));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  } finally {
    closeSync(created);
  }
}

/**
 * Takes the shared lock of a build, so that no other process cleans it up.
 * @returns the open file; undefined if the ledger does not exist or another process cleans it up
 */
export async function joinLock(path: string): Promise<number | undefined> {
  const file = openThat(path);
  if (file === undefined) return undefined;
  if ((await lockFile(file, 'shared', 5 * brief)) && isStill(path, file)) return file;
  closeSync(file);
  return undefined;
}

/**
 * Takes the exclusive lock for a cleanup.
 * @returns the lock; `held` while a process of the build is alive or another one cleans up; `absent` without
 *   a ledger
 */
export async function lockForCleanUp(path: string): Promise<Disposable | 'held' | 'absent'> {
  const file = openThat(path);
  if (file === undefined) return 'absent';
  const end = { [Symbol.dispose]: () => closeSync(file) };
  try {
    if (await lockFile(file, 'exclusive', brief / 10)) {
      if (isStill(path, file)) return end;
      closeSync(file);
      return 'absent';
    }
  } catch (error) {
    // On a filesystem without locks no process has the lock.
    if (error instanceof BuildError) return end;
    throw error;
  }
  closeSync(file);
  return 'held';
}

/** Runs `work` with the exclusive lock of a directory. */
export async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const file = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await lockFile(file, 'exclusive', 10 * brief);
    return await work();
  } finally {
    closeSync(file);
  }
}

function openThat(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
