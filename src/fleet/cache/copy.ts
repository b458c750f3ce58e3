import { closeSync, constants, fstatSync, fsync, ftruncateSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BuildError } from '../../common/errors.js';
import { sleep } from '../../common/wait.js';
import { pruneFilesystem } from '../../host/chroot/prune-cache.js';
import { exec } from '../../host/exec/exec.js';
import { lockFile } from '../../host/file-lock.js';
import { attempt } from '../../host/proc/processes.js';
import { type CacheFolder, inTurnIn, removeOrphanedCopies } from './folder.js';
import { removeOldest } from './limit.js';
import { readSuperblock } from './superblock.js';

/** The share of a copy that may be used when a build begins, so that it has room for new files. */
const usedAtStart = 0.5;

/** Milliseconds that the kernel has to finish the unmount. */
const unmountLimit = 10_000;

/** Which cache, and for which build. */
export interface CacheRequest {
  /** 32 hexadecimal digits: what shares the cache. */
  readonly key: string;
  /** The ID of the build. */
  readonly build: string;
  /** Bytes: the size of the filesystem, and the limit of all finished states of the folder. */
  readonly size: number;
  readonly signal: AbortSignal;
}

/** The copy of a cache that one build uses. Disposing of it removes the copy, unless it has been saved. */
export interface CacheCopy extends Disposable {
  /** The descriptor of the file, which has an ext4 filesystem. */
  readonly file: number;
  /** Bytes of earlier builds in it. */
  readonly found: number;
  /**
   * Puts the copy in place as the last state, once it is unmounted, and removes the oldest states beyond the
   * limit. @throws BuildError if it is still mounted or damaged; the error of the system call
   */
  save(): Promise<void>;
}

/**
 * Copies the last finished state of a cache, or makes an empty one: without a state, or with one of another
 * size or not clean. If more than half of it is used, the oldest files are removed.
 * @param folder must stay open until disposal
 * @throws CommandError; the error of the system call
 */
export async function copyCache(folder: CacheFolder, request: CacheRequest): Promise<CacheCopy> {
  const { key, build, size, signal } = request;
  const [name, state] = [join(folder.path, `${key}.${build}.work`), join(folder.path, `${key}.ext4`)];
  const file = await inTurnIn(folder, async () => {
    await removeOrphanedCopies(folder);
    return await createLocked(name);
  });
  let isSaved = false;
  const end = (): void => {
    if (!isSaved) attempt(() => rmSync(name, { force: true }));
    closeSync(file);
  };
  try {
    const found = (await fill(file, state, request)) ? (readSuperblock(file)?.used ?? 0) : 0;
    return {
      file,
      found,
      save: async () => {
        await requireClean(file, signal);
        await promisify(fsync)(file);
        renameSync(name, state);
        isSaved = true;
        removeOldest(folder, size);
      },
      [Symbol.dispose]: end,
    };
  } catch (error) {
    end();
    throw error;
  }
}

async function createLocked(path: string): Promise<number> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await lockFile(file, 'shared', 1000);
    return file;
  } catch (error) {
    closeSync(file);
    rmSync(path, { force: true });
    throw error;
  }
}

/** @returns whether the copy has the content of the state; else it is empty */
async function fill(file: number, state: string, { size, signal }: CacheRequest): Promise<boolean> {
  const before = openState(state);
  if (before !== undefined) {
    try {
      if (fstatSync(before).size === size && readSuperblock(before)?.isClean === true) {
        await copy(before, file, signal);
        if (await makeRoom(file, signal)) return true;
      }
    } finally {
      closeSync(before);
    }
  }
  await makeEmpty(file, size, signal);
  return false;
}

function openState(path: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = attempt(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined || fstatSync(file).isFile()) return file;
  closeSync(file);
  return undefined;
}

async function copy(from: number, to: number, signal: AbortSignal): Promise<void> {
  const argv = [
    'cp',
    '--reflink=auto',
    '--sparse=always',
    '--',
    '/proc/self/fd/3',
    '/proc/self/fd/4',
  ] as const;
  await exec(argv, { descriptors: [from, to], limit: 'disk', signal });
}

async function makeRoom(file: number, signal: AbortSignal): Promise<boolean> {
  const use = readSuperblock(file);
  if (use === undefined) return false;
  const allowed = { bytes: use.size * usedAtStart, inodes: use.inodes * usedAtStart };
  if (use.used <= allowed.bytes && use.usedInodes <= allowed.inodes) return true;
  // What cannot be pruned is not worth a failed build.
  return await pruneFilesystem(file, allowed, signal).catch(() => {
    signal.throwIfAborted();
    return false;
  });
}

/** Without a journal: a state that was not unmounted is not used again. */
async function makeEmpty(file: number, size: number, signal: AbortSignal): Promise<void> {
  ftruncateSync(file, 0);
  ftruncateSync(file, size);
  const options = ['-E', 'lazy_itable_init=1,nodiscard', '-m', '0', '-O', '^has_journal'];
  await exec(['mke2fs', '-q', '-F', '-t', 'ext4', ...options, '/proc/self/fd/3'], {
    descriptors: [file],
    limit: 'disk',
    signal,
  });
}

/** The kernel can finish an unmount after the end of the namespaces. */
async function requireClean(file: number, signal: AbortSignal): Promise<void> {
  for (const end = performance.now() + unmountLimit; performance.now() < end; await sleep(50, signal))
    if (readSuperblock(file)?.isClean === true) return;
  throw new BuildError('its filesystem is still mounted, or has errors');
}
