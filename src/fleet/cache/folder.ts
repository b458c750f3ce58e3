import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../../common/errors.js';
import type { User } from '../../host/exec/user.js';
import { lockStates } from '../../host/file-lock.js';
import { codeOf } from '../../host/system-error.js';
import { inTurn } from '../../ledger/build-lock.js';

/**
 * The open directory of the caches of a user: `UID.cache` in the state directory, of root and with mode 0700,
 * because the caches contain files of any owner, setuid ones too. It has two kinds of files, each an ext4
 * filesystem: `KEY.ext4`, what the last build of that key left; `KEY.BUILD.work`, the copy of a running
 * build, which has the lock of it.
 */
export interface CacheFolder extends Disposable {
  /** Valid until disposal, for the commands that this process starts too. */
  readonly path: string;
}

const stateName = /^[0-9a-f]{32}\.ext4$/;
const workName = /^[0-9a-f]{32}\.\w+\.work$/;
const folderName = /^(\d+)\.cache$/;

/** The names of finished states in a folder. */
export const statesIn = ({ path }: CacheFolder): string[] =>
  readdirSync(path).filter((name) => stateName.test(name));

/**
 * Opens the directory of a user, and creates it.
 * @param directory the state directory
 * @throws BuildError if it belongs to another user, or is a link; the error of the system call
 */
export function openCacheFolder(directory: string, uid: number): CacheFolder {
  const folder = join(directory, `${uid}.cache`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return openThat(folder);
}

/** Opens the directories that a user may clear: for root those of all users, for any other user its own. */
export function findCacheFolders(directory: string, user: User): CacheFolder[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => user.uid === 0 || name === `${user.uid}.cache`)
    .filter((name) => folderName.test(name))
    .map((name) => openThat(join(directory, name)));
}

function openThat(folder: string): CacheFolder {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  const descriptor = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const { uid, mode } = fstatSync(descriptor);
  const close = (): void => closeSync(descriptor);
  if (uid !== process.geteuid?.() || (mode & 0o077) !== 0) {
    close();
    throw new BuildError(`cache: ${folder} is not a private directory of root`, {
      hint: 'Remove it, or use a state_dir that no other user can write.',
    });
  }
  return { path: `/proc/${process.pid}/fd/${descriptor}`, [Symbol.dispose]: close };
}

/** Runs `work` while no other build creates or removes a copy in a folder. */
export const inTurnIn = async <T>({ path }: CacheFolder, work: () => Promise<T>): Promise<T> =>
  await inTurn(`${path}/.`, work);

/** Removes the copies of builds that were killed: the kernel has released their locks. Call it in turn. */
export async function removeOrphanedCopies({ path }: CacheFolder): Promise<void> {
  const names = readdirSync(path).filter((name) => workName.test(name));
  const states = await lockStates(names.map((name) => join(path, name)));
  for (const [index, name] of names.entries())
    if (states[index] === 'free') rmSync(join(path, name), { force: true });
}
