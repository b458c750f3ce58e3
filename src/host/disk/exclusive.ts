import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { codeOf } from '../system-error.js';
import { disks } from './block-devices.js';
import type { Partition } from './partitions.js';

const exclusively = constants.O_RDONLY | constants.O_EXCL;

/**
 * Whether a block device is not in use: open(2) with O_EXCL fails with EBUSY while it is mounted in any
 * namespace.
 */
export function isFree(name: string): boolean {
  try {
    closeSync(openSync(`/dev/${name}`, exclusively));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** Whether a disk exists and is in use. */
export const isInUse = (disk: string): boolean => exists(disk) && !isFree(disk);

/** Whether the kernel has a disk of this name that is not empty. */
const exists = (disk: string): boolean => disks().some(({ name, size }) => name === disk && size > 0);

/**
 * Why a filesystem is not quiesced; undefined when it is. An empty mount table does not prove that, so this
 * checks the device, the kernel's list of active filesystems and, for ext4, the journal.
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

/**
 * The feature needs_recovery (0x4) of s_feature_incompat at 0x60 of the superblock, 1,024 bytes in (ext4
 * docs).
 */
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

/**
 * Runs `work` while no process can mount or claim any part of a disk. An exclusive open of the whole disk
 * fails while a part is in use in any mount namespace, and makes later claims fail (open(2), O_EXCL).
 * @returns whether the disk was free, and the work was done; true if the kernel has no such disk.
 */
export async function whileFree(disk: string, work: () => Promise<void>): Promise<boolean> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(`/dev/${disk}`, exclusively);
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
