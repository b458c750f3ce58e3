import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../system-error.js';
import { disks } from './block-devices.js';
import type { Partition } from './partitions.js';

const exclusively = constants.O_RDONLY | constants.O_EXCL;

/** Whether the kernel lets go of a block device: O_EXCL is refused while any mount namespace has it (open(2)). */
export function isFree(name: string): boolean {
  try {
    closeSync(openSync(`/dev/${name}`, exclusively));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** Whether somebody holds a disk that is there. */
export const isInUse = (disk: string): boolean => exists(disk) && !isFree(disk);

/** Whether the kernel has a disk of this name that is not empty. */
const exists = (disk: string): boolean => disks().some(({ name, size }) => name === disk && size > 0);

/**
 * Why a filesystem cannot be taken for a finished one; nothing when it can. A mount table that looks empty is no
 * proof, so it is the device, the kernel's list of live filesystems and, for ext4, the journal that are asked.
 */
export function whyNotQuiesced(partition: Partition): string | undefined {
  if (!isFree(partition.name)) return 'the kernel has not let go';
  if (isAlive(partition)) return 'the filesystem is still alive';
  if (/^ext[34]$/.test(partition.filesystem ?? '') && needsRecovery(partition.name))
    return 'the journal was not written back';
  return undefined;
}

/** Whether the kernel lists the filesystem as a live one; its driver for ext4 does ext2 and ext3 too. */
function isAlive({ filesystem, name, uuid }: Partition): boolean {
  if (filesystem === 'btrfs') return existsSync(`/sys/fs/btrfs/${uuid}/devices/${name}`);
  return existsSync(`/sys/fs/${filesystem?.replace(/^ext[23]$/, 'ext4')}/${name}`);
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
