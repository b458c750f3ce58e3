import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { disks } from './block-devices.js';
import { mountsOf } from './mounts.js';
import { deviceNumbers, type Partition } from './partitions.js';

const exclusively = constants.O_RDONLY | constants.O_EXCL;

/** Whether the kernel lets go of a block device: O_EXCL is refused while any mount namespace has it (open(2)). */
export function isFree(name: string): boolean {
  try {
    closeSync(openSync(`/dev/${name}`, exclusively));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false;
    throw error;
  }
}

/** Whether the kernel has a disk of this name that is not empty. */
export const exists = (disk: string): boolean => disks().some(({ name, size }) => name === disk && size > 0);

/** Who holds a disk: the mounts of it, by process, in every mount namespace. */
export const holdersOf = (disk: string): string[] =>
  mountsOf(deviceNumbers(disk)).map(({ pid, target }) => `process ${pid} has it mounted at ${target}`);

/**
 * Why a filesystem cannot be taken for a finished one; nothing when it can. A mount table that looks empty is no
 * proof, so it is the device, the kernel's list of live filesystems and, for ext4, the journal that are asked.
 */
export function unfinished(partition: Partition): string | undefined {
  if (!isFree(partition.name)) return 'the kernel still holds it';
  if (existsSync(`/sys/fs/${partition.filesystem}/${partition.name}`)) return 'its filesystem is still alive';
  if (/^ext[34]$/.test(partition.filesystem ?? '') && needsRecovery(partition.name))
    return 'its journal was not written back';
  return undefined;
}

/** The feature needs_recovery (0x4) of s_feature_incompat at 0x60 of the superblock, 1,024 bytes in (ext4 docs). */
function needsRecovery(name: string): boolean {
  const device = openSync(`/dev/${name}`, 'r');
  try {
    const superblock = Buffer.alloc(1024);
    readSync(device, superblock, 0, 1024, 1024);
    return (superblock.readUInt32LE(0x60) & 0x4) !== 0;
  } finally {
    closeSync(device);
  }
}
