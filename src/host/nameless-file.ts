import { randomUUID } from 'node:crypto';
import { constants, openSync, unlinkSync } from 'node:fs';
import { codeOf } from './system-error.js';

/** O_TMPFILE of open(2): a file without a name, which the kernel removes when it is closed. */
const O_TMPFILE = 0o20_000_000 | constants.O_DIRECTORY;

/**
 * Creates an empty file without a name, for reading and writing. Overlays of filesystems and NFS may have no
 * O_TMPFILE.
 * @param folder where its content is stored
 */
export function openNameless(folder: string): number {
  try {
    return openSync(folder, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch (error) {
    if (!['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'ENOENT', 'EINVAL'].includes(String(codeOf(error)))) throw error;
  }
  const path = `${folder}/build-omi-${randomUUID()}`;
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  unlinkSync(path);
  return file;
}
