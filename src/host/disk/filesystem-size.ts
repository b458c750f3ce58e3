import { closeSync, openSync, readSync } from 'node:fs';
import type { Partition } from './partitions.js';

/** Reads the size of a filesystem from its superblock; undefined if it is not one. */
type Reader = (superblock: Buffer) => number | undefined;

/** Where the superblock is, in bytes, and how to read it. */
interface Superblock {
  readonly at: number;
  readonly size: Reader;
}

/** s_magic, s_log_block_size, s_blocks_count_lo and _hi, INCOMPAT_64BIT (0x80) (kernel docs, ext4, super). */
const ext: Superblock = {
  at: 1024,
  size: (block) => {
    if (block.readUInt16LE(0x38) !== 0xef53) return undefined;
    const high = (block.readUInt32LE(0x60) & 0x80) === 0 ? 0 : block.readUInt32LE(0x150);
    return (high * 2 ** 32 + block.readUInt32LE(0x4)) * (1024 << block.readUInt32LE(0x18));
  },
};

const superblocks: Readonly<Record<string, Superblock>> = {
  ext2: ext,
  ext3: ext,
  ext4: ext,
  // sb_magicnum, sb_blocksize, sb_dblocks (struct xfs_dsb, xfs_format.h).
  xfs: {
    at: 0,
    size: (block) =>
      block.toString('latin1', 0, 4) === 'XFSB'
        ? Number(block.readBigUInt64BE(8)) * block.readUInt32BE(4)
        : undefined,
  },
  // magic, and total_bytes of dev_item (struct btrfs_super_block, btrfs_tree.h).
  btrfs: {
    at: 65_536,
    size: (block) =>
      block.toString('latin1', 0x40, 0x48) === '_BHRfS_M'
        ? Number(block.readBigUInt64LE(0xc9 + 8))
        : undefined,
  },
};

/** The bytes that a filesystem uses of its partition; undefined for a type that cannot grow. */
export function filesystemSize({ filesystem = '', name }: Partition): number | undefined {
  const found = superblocks[filesystem];
  if (found === undefined) return undefined;
  const device = openSync(`/dev/${name}`, 'r');
  try {
    const block = Buffer.alloc(1024);
    readSync(device, block, 0, block.length, found.at);
    return found.size(block);
  } finally {
    closeSync(device);
  }
}
