import { closeSync, openSync, readSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { which } from '../exec/programs.js';
import type { Partition } from './partitions.js';

/**
 * Describes the errors that a filesystem recorded in its metadata; undefined if there are none, or if this
 * type of filesystem records none. Reads only; the filesystem need not be mounted.
 */
export async function recordedErrors(partition: Partition, signal: AbortSignal): Promise<string | undefined> {
  const { filesystem = '', name } = partition;
  if (/^ext[234]$/.test(filesystem)) return ofExt(read(name, 1024, 1024));
  if (filesystem === 'xfs') return ofXfs(read(name, 0, 512));
  if (filesystem === 'btrfs')
    return ofBtrfsSuperblock(read(name, 64 * 1024, 4096)) ?? (await ofBtrfsDevice(name, signal));
  return undefined;
}

function read(name: string, position: number, size: number): Buffer {
  const device = openSync(`/dev/${name}`, 'r');
  try {
    const bytes = Buffer.alloc(size);
    readSync(device, bytes, 0, size, position);
    return bytes;
  } finally {
    closeSync(device);
  }
}

/**
 * s_state at 0x3A (bit 2: errors detected), s_error_count at 0x194, and s_last_error_func (32 bytes) at 0x1E0
 * (Documentation/filesystems/ext4/super.rst). Only e2fsck(8) clears them.
 */
function ofExt(superblock: Buffer): string | undefined {
  const hasErrors = (superblock.readUInt16LE(0x3a) & 2) !== 0;
  const count = superblock.readUInt32LE(0x194);
  if (!hasErrors && count === 0) return undefined;
  const location = superblock.toString('latin1', 0x1e0, 0x200).replace(/\0.*$/s, '').replace(/\W/g, '?');
  return [
    hasErrors ? 'the superblock has the state "with errors"' : 'the superblock has an error count',
    `${count} recorded`,
    ...(location ? [`the last in ${location}`] : []),
  ].join(', ');
}

/**
 * XFS does not count errors. A superblock of version 5 has XFS_SB_FEAT_INCOMPAT_NEEDSREPAIR (0x10) in
 * sb_features_incompat at offset 216, big-endian (fs/xfs/libxfs/xfs_format.h).
 */
const ofXfs = (superblock: Buffer): string | undefined =>
  (superblock.readUInt16BE(100) & 0xf) === 5 && (superblock.readUInt32BE(216) & 0x10) !== 0
    ? 'the superblock has the flag NEEDSREPAIR'
    : undefined;

/**
 * BTRFS_SUPER_FLAG_ERROR (4) in flags at offset 56 (struct btrfs_super_block,
 * include/uapi/linux/btrfs_tree.h).
 */
const ofBtrfsSuperblock = (superblock: Buffer): string | undefined =>
  (superblock.readUInt32LE(56) & 4) !== 0 ? 'the superblock has the flag ERROR' : undefined;

/**
 * The counters of `btrfs device stats`, from the first item of the device tree, because that command requires
 * a mounted filesystem. Reads only the first 40 lines, to limit the output for a large tree.
 */
async function ofBtrfsDevice(name: string, signal: AbortSignal): Promise<string | undefined> {
  if (which('btrfs') === undefined) return undefined;
  const dump = 'btrfs inspect-internal dump-tree -t dev "$0" 2> /dev/null | head -n 40';
  const { stdout } = await exec(['sh', '-c', dump, `/dev/${name}`], { signal });
  const [, counters = ''] = /^\s*device stats\n\s*(.+)$/m.exec(stdout) ?? [];
  const counted = [...counters.matchAll(/(\w+) (\d+)/g)].filter(([, , count]) => count !== '0');
  if (counted.length === 0) return undefined;
  return `device statistics: ${counted.map(([, what, count]) => `${what} ${count}`).join(', ')}`;
}
