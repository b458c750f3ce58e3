import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { exec } from '../../src/host/exec/exec.js';
import { which } from '../../src/host/exec/programs.js';

/** A part of a disk: a filesystem with these files in it, or nothing at all. */
export interface Part {
  /** MiB. */
  readonly size: number;
  readonly filesystem?: 'ext4' | 'xfs' | 'btrfs' | 'vfat';
  readonly label?: string;
  /** MiB of an ext4 that is smaller than its partition. */
  readonly filesystemSize?: number;
  /** By path; the text of each. */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Subvolumes of a btrfs, each with the folder below it that its content is taken from; '' is all the rest.
   */
  readonly subvolumes?: Readonly<Record<string, string>>;
  /** The subvolume that is mounted by default. */
  readonly defaultSubvolume?: string;
  /** Header of an encrypted or composite device. */
  readonly signature?: 'crypto_LUKS' | 'LVM2_member';
  /** Whether a small Linux is put in too. */
  readonly linux?: boolean;
  /** Type for sfdisk(8). */
  readonly type?: string;
  /** Of its partition; the next free one unless given. */
  readonly number?: number;
}

const mebi = 2 ** 20;
const programs = [
  'sh',
  'cat',
  'ls',
  'mkdir',
  'touch',
  'df',
  'stat',
  'sync',
  'dd',
  'rm',
  'grep',
  'mount',
  'sleep',
];

/** The smallest filesystems that their makers agree to, in MiB. */
export const smallest = { ext4: 48, xfs: 300, btrfs: 128 } as const;

/**
 * Makes a disk: with a table `dos` or `gpt` and a partition for each part, or the only part as the whole
 * disk.
 */
export async function makeDisk(
  path: string,
  table: 'dos' | 'gpt' | undefined,
  parts: readonly Part[],
): Promise<void> {
  const work = mkdtempSync(`${path}-parts-`);
  try {
    const files = parts.map((_, index) => join(work, `part${index}`));
    for (const [index, part] of parts.entries())
      await makePart(files[index] ?? '', part, join(work, `tree${index}`));
    if (table === undefined) {
      await exec(['cp', '--sparse=always', files[0] ?? '', path]);
      return;
    }
    const sizes = parts.map(({ size }) => size);
    writeFileSync(path, '');
    truncateSync(path, (sizes.reduce((sum, size) => sum + size, 0) + 2) * mebi);
    const lines = parts.map(({ size, type, number }) =>
      [`${number === undefined ? '' : `${number}: `}size=${size}M`, ...(type ? [`type=${type}`] : [])].join(
        ', ',
      ),
    );
    await exec(['sfdisk', '--quiet', path], { input: [`label: ${table}`, ...lines, ''].join('\n') });
    let at = 1;
    for (const [index, size] of sizes.entries()) {
      await exec(
        [
          'dd',
          `if=${files[index]}`,
          `of=${path}`,
          'bs=1M',
          `seek=${at}`,
          'conv=notrunc,sparse',
          'status=none',
        ],
        { limit: 'disk' },
      );
      at += size;
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Each inner folder is moved to its own subvolume, and what is left goes to the one of ''. */
const fillSubvolumes = `
  mount -o loop "$0" /mnt; tree=$1; default=$2; shift 2
  while [ $# -gt 0 ]; do
    btrfs -q subvolume create "/mnt/$1"
    if [ -n "$2" ]; then mv "$tree/$2/"* "/mnt/$1/"; else rest=$1; fi
    shift 2
  done
  cp -a "$tree/." "/mnt/$rest"
  [ -z "$default" ] || btrfs subvolume set-default "/mnt/$default"
  umount /mnt`;

/**
 * Headers that blkid(8) knows: LUKS version 1 (On-Disk Format Specification), LVM2's label (label.h of LVM2).
 */
const signatureOf = { crypto_LUKS: luks(), LVM2_member: lvm() };

function luks(): Buffer {
  const header = Buffer.alloc(1024);
  header.write('LUKS\xba\xbe', 0, 'latin1');
  header.writeUInt16BE(1, 6);
  header.write('00000000-0000-0000-0000-000000000001', 168);
  return header;
}

function lvm(): Buffer {
  const label = Buffer.alloc(1024);
  label.write('LABELONE', 512);
  label.writeBigUInt64LE(1n, 520);
  label.writeUInt32LE(32, 532);
  label.write('LVM2 001', 536);
  label.write('0123456789abcdef0123456789abcdef', 544);
  label.writeUInt32LE(lvmSum(label.subarray(532, 1024)), 528);
  return label;
}

/** CRC-32 as LVM2 begins it, from 0xf597a6cf and without turning it over. */
function lvmSum(bytes: Buffer): number {
  let sum = 0xf597a6cf;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return sum >>> 0;
}

async function makePart(path: string, part: Part, tree: string): Promise<void> {
  const { size, filesystem, label = '', files = {}, linux = false } = part;
  writeFileSync(path, '');
  truncateSync(path, size * mebi);
  mkdirSync(tree);
  if (linux) addLinux(tree);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), text);
  }
  if (filesystem === 'ext4')
    await exec([
      'mke2fs',
      '-q',
      '-t',
      'ext4',
      '-L',
      label,
      '-d',
      tree,
      path,
      `${part.filesystemSize ?? size}M`,
    ]);
  if (part.signature) writeFileSync(path, signatureOf[part.signature], { flag: 'r+' });
  if (part.subvolumes) {
    const args = Object.entries(part.subvolumes).flat();
    await exec(['mkfs.btrfs', '-q', '-L', label, path]);
    await exec([
      'unshare',
      '--mount',
      'sh',
      '-ec',
      fillSubvolumes,
      path,
      tree,
      part.defaultSubvolume ?? '',
      ...args,
    ]);
  } else if (filesystem === 'btrfs') await exec(['mkfs.btrfs', '-q', '-L', label, '--rootdir', tree, path]);
  if (filesystem === 'vfat') await exec(['mkfs.vfat', '-n', label || 'EFI', path]);
  if (filesystem === 'xfs') {
    await exec(['mkfs.xfs', '-q', '-L', label, path]);
    // It has no way to be filled without being mounted.
    await exec([
      'unshare',
      '--mount',
      'sh',
      '-ec',
      'mount -o loop "$0" /mnt; cp -a "$1/." /mnt; umount /mnt',
      path,
      tree,
    ]);
  }
}

function addLinux(tree: string): void {
  for (const folder of ['bin', 'etc', 'proc', 'sys', 'dev', 'run', 'tmp', 'root', 'usr', 'var', 'boot'])
    mkdirSync(join(tree, folder), { recursive: true });
  copyFileSync(which('busybox') ?? '', join(tree, 'bin/busybox'));
  for (const program of programs) symlinkSync('busybox', join(tree, 'bin', program));
}
