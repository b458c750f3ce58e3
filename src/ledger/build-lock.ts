import { closeSync, constants, fchownSync, fstatSync, lstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError } from '../common/errors.js';
import { execSync } from '../host/exec/exec.js';
import { syscalls } from '../host/exec/syscalls.js';
import type { User } from '../host/exec/user.js';
import { lockFile, waitForLock } from '../host/file-lock.js';
import { codeOf } from '../host/system-error.js';
import { syncFolder } from './folders.js';

/*
 * A build is alive as long as the kernel has a shared lock on its ledger: the build's process holds one, or, between
 * mount and commit, the process of lock-holder.ts. Whoever cleans up needs the exclusive lock, and gets it only once
 * every process of the build has ended, in whatever PID namespace it ran.
 */

/** How long a process that asks for the exclusive lock may have it, in milliseconds. */
const brief = 1000;

/** What is reserved on disk for the lines of a ledger, in bytes: a build's lines take less than 64 KiB. */
const reserve = 128 * 1024;

/**
 * Creates the ledger of a new build, locks it, and reserves room for its lines, so that a disk that fills in meanwhile
 * stops no build.
 * @returns the open file; node opens it close-on-exec, so no program that the build starts keeps the lock.
 * @throws BuildError where the filesystem has no locks, the error of the system call where it has no room.
 */
export function createLocked(path: string, { uid, gid }: User): number {
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const created = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  // A file that stays open for writing would keep its disk from being remounted read-only.
  const file = openSync(path, O_RDONLY | O_NOFOLLOW);
  try {
    fchownSync(created, uid, gid);
    if (!lockFile(file, 'shared', brief)) throw new BuildError(`${path} is locked by another process`);
    reserveRoom(created);
    syncFolder(dirname(path));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  } finally {
    closeSync(created);
  }
}

/** fallocate(2) with FALLOC_FL_KEEP_SIZE (1). A filesystem that cannot (EOPNOTSUPP) reserves nothing; ENOSPC 28, EDQUOT 122. */
function reserveRoom(file: number): void {
  const script = `
    open(my $file, '+<&=', 3) or die;
    syscall(${syscalls().fallocate}, 3, 1, 0, ${reserve}) == 0 or $! == 28 || $! == 122 ? die "$!\\n" : exit 0;`;
  const { code, stderr } = execSync(['perl', '-e', script], '', [file]);
  if (code !== 0) throw new BuildError(stderr.trim());
}

/**
 * Adds this process to those for whom a build is left alone.
 * @returns the open file; undefined where there is no ledger, or another process cleans it up.
 */
export async function joinLock(path: string): Promise<number | undefined> {
  const file = openThat(path);
  if (file === undefined) return undefined;
  if ((await waitForLock(file, 'shared', 5 * brief)) && isStill(path, file)) return file;
  closeSync(file);
  return undefined;
}

/**
 * Asks for the right to clean up.
 * @returns what ends it; `held` while a process of the build lives or another one cleans up, `absent` without a ledger.
 */
export function lockForCleanUp(path: string): Disposable | 'held' | 'absent' {
  const file = openThat(path);
  if (file === undefined) return 'absent';
  const end = { [Symbol.dispose]: () => closeSync(file) };
  try {
    if (lockFile(file, 'exclusive', brief / 10)) {
      if (isStill(path, file)) return end;
      closeSync(file);
      return 'absent';
    }
  } catch (error) {
    // A lock that cannot be had from the filesystem is held by no process.
    if (error instanceof BuildError) return end;
    throw error;
  }
  closeSync(file);
  return 'held';
}

/** Runs `work` while no other process is inside the same folder's lock. */
export async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const file = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await waitForLock(file, 'exclusive', 10 * brief);
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

/** Whether the path still leads to the file that was opened: its ledger may be removed between opening and locking. */
function isStill(path: string, file: number): boolean {
  const [there, own] = [lstatSync(path, { throwIfNoEntry: false }), fstatSync(file)];
  return there?.ino === own.ino && there.dev === own.dev;
}
