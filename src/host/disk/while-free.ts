import { closeSync, constants, openSync } from 'node:fs';
import { codeOf } from '../system-error.js';

/**
 * Runs `work` while no process can mount or claim any part of a disk. An exclusive open of the whole disk
 * fails while a part is in use in any mount namespace, and makes later claims fail (open(2), O_EXCL).
 * @returns whether the disk was free, and the work was done; true if the kernel has no such disk.
 */
export async function whileFree(disk: string, work: () => Promise<void>): Promise<boolean> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`/dev/${disk}`, constants.O_RDONLY | constants.O_EXCL);
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENXIO') throw error;
  }
  try {
    await work();
    return true;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
