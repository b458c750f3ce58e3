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
import { exec } from '../../src/host/exec.js';
import { which } from '../../src/host/programs.js';

/** A part of a disk: a filesystem with these files in it, or nothing at all. */
export interface Part {
  /** MiB. */
  readonly size: number;
  readonly filesystem?: 'ext4' | 'xfs' | 'btrfs' | 'vfat';
  readonly label?: string;
  /** By path; the text of each. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether a small Linux is put in too. */
  readonly linux?: boolean;
  /** Type for sfdisk(8). */
  readonly type?: string;
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

/** Makes a disk: with a table `dos` or `gpt` and a partition for each part, or the only part as the whole disk. */
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
    const lines = parts.map(({ size, type }) =>
      [`size=${size}M`, ...(type ? [`type=${type}`] : [])].join(', '),
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
  if (filesystem === 'ext4') await exec(['mke2fs', '-q', '-t', 'ext4', '-L', label, '-d', tree, path]);
  if (filesystem === 'btrfs') await exec(['mkfs.btrfs', '-q', '-L', label, '--rootdir', tree, path]);
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
