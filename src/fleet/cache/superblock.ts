import { readSync } from 'node:fs';

/** What the superblock of an ext4 filesystem says. */
export interface Superblock {
  /** Whether it was unmounted, and no error was found in it. */
  readonly isClean: boolean;
  /** In bytes. */
  readonly size: number;
  readonly used: number;
  readonly inodes: number;
  readonly usedInodes: number;
}

/**
 * Reads the superblock: 1024 bytes after the start, little-endian (kernel, ext4/super.rst). s_inodes_count 0,
 * s_blocks_count_lo 4, s_free_blocks_count_lo 12, s_free_inodes_count 16, s_log_block_size 24, s_magic 56,
 * s_state 58: 1 is cleanly unmounted, 2 has errors.
 * @param file a descriptor
 * @returns undefined if it is no ext4
 */
export function readSuperblock(file: number): Superblock | undefined {
  const bytes = Buffer.alloc(64);
  if (readSync(file, bytes, 0, bytes.length, 1024) < bytes.length) return undefined;
  if (bytes.readUInt16LE(56) !== 0xef53) return undefined;
  const blockSize = 1024 * 2 ** bytes.readUInt32LE(24);
  const [inodes, blocks] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
  return {
    isClean: bytes.readUInt16LE(58) === 1,
    size: blocks * blockSize,
    used: (blocks - bytes.readUInt32LE(12)) * blockSize,
    inodes,
    usedInodes: inodes - bytes.readUInt32LE(16),
  };
}
