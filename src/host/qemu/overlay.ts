import { closeSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { openNameless } from '../nameless-file.js';

/** Where the overlays are. They can be too large for a /tmp in memory. */
const folder = '/var/tmp';

/**
 * Creates a qcow2 file that takes the writes to a disk. It has no name and no backing file: QEMU is given
 * that.
 * @param size of the disk, in bytes
 * @returns its descriptor, for reading and writing
 */
export async function openOverlay(size: number, signal: AbortSignal): Promise<number> {
  const file = openNameless(folder);
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
