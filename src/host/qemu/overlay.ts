import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { codeOf } from '../system-error.js';

/** Where the overlays are. They can be too large for a /tmp in memory. */
const folder = '/var/tmp';

/** O_TMPFILE of open(2): a file without a name, which the kernel removes when it is closed. */
const O_TMPFILE = 0o20_000_000 | constants.O_DIRECTORY;

/** An empty file without a name. Overlays of filesystems and NFS may have no O_TMPFILE. */
function openNameless(): number {
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

/**
 * Creates a qcow2 file that takes the writes to a disk. It has no name and no backing file: QEMU is given
 * that.
 * @param size of the disk, in bytes
 * @returns its descriptor, for reading and writing
 */
export async function openOverlay(size: number, signal: AbortSignal): Promise<number> {
  const file = openNameless();
  try {
    await exec(['qemu-img', 'create', '-q', '-f', 'qcow2', '/proc/self/fd/3', String(size)], {
      descriptors: [file],
      signal,
    });
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}
