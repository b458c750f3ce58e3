import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BuildError } from '../common/errors.js';
import type { User } from '../host/exec/user.js';
import { codeOf } from '../host/system-error.js';

/** Whether a path is a directory that a user owns, and not a symbolic link. */
export function isFolderOf({ uid }: User, path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === uid;
}

/**
 * The text of a file that a user owns, in a directory of that user; undefined if it does not exist.
 * @throws BuildError if another user owns it, if it is not a regular file, or if it is larger than 1 MiB
 */
export function readOwn(path: string, user: User): string | undefined {
  const folder = dirname(path);
  if (existsSync(folder) && !isFolderOf(user, folder))
    throw new BuildError(`${folder} is ignored: it is not a folder of user ${user.uid}`);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new BuildError(`${path} is ignored: it is not a regular file`);
  const file = openOwn(path);
  if (file === undefined) return undefined;
  try {
    const { uid, size } = fstatSync(file);
    if (size > largest) throw new BuildError(`${path} is ignored: it is larger than 1 MiB`);
    if (uid !== user.uid)
      throw new BuildError(`${path} is ignored: it belongs to user ${uid}, not to ${user.uid}`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/**
 * Appends text to a file with one write, so that several processes can append at the same time. Creates the
 * file; does not follow a symbolic link, and does not write to or block on a file of another type.
 * @throws the error of the system call
 */
export function appendOwn(path: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    if (fstatSync(file).isFile()) writeSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Bytes. Limits the memory that root uses for a file of another user. */
const largest = 1024 * 1024;

/**
 * Does not follow a symbolic link, and does not block on a FIFO. @returns undefined if the file does not
 * exist
 */
function openOwn(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
