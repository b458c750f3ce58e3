import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { exec } from '../../src/host/exec/exec.js';
import { makeDisk, type Part, smallest } from './disk-images.js';

/** What only a damaged filesystem has: files whose names or texts are found in the raw disk. */
const marker = 'a-name-of-a-damaged-file';
const text = 'the text of a damaged file\n'.repeat(1000);

/** A root filesystem on a whole disk with a folder /damaged and a file /damaged.txt. */
const rootOf = (filesystem: 'ext4' | 'xfs' | 'btrfs'): Part => ({
  size: smallest[filesystem],
  filesystem,
  linux: true,
  files: Object.fromEntries([
    ['damaged.txt', text],
    ...Array.from({ length: 40 }, (_, index) => [`damaged/${marker}-${index}`, '']),
  ]),
});

/**
 * Makes a disk whose filesystem looks sound until a script lists /damaged (ext4, xfs), or reads /damaged.txt
 * (btrfs).
 * @param isDamaged leave it sound instead
 */
export async function damagedDisk(
  file: string,
  filesystem: 'ext4' | 'xfs' | 'btrfs',
  isDamaged = true,
): Promise<void> {
  await makeDisk(file, undefined, [rootOf(filesystem)]);
  if (!isDamaged) return;
  if (filesystem === 'ext4') await exec(['debugfs', '-w', '-R', 'zap_block -f /damaged 0', file]);
  else overwrite(file, filesystem === 'xfs' ? marker : text.repeat(1).slice(0, 4000));
}

/** The command of a script that comes upon the damage, and goes on. */
export const comeUpon = (filesystem: 'ext4' | 'xfs' | 'btrfs'): string =>
  filesystem === 'btrfs' ? 'cat /damaged.txt > /dev/null || true\n' : 'ls /damaged || true\n';

/** Marks an ext4 filesystem as one in which errors were found, as the kernel does. */
export async function recordErrors(file: string): Promise<void> {
  for (const request of ['ssv state 2', 'ssv error_count 3'])
    await exec(['debugfs', '-w', '-R', request, file]);
}

/** Overwrites 16 bytes in each block of a disk that has a text. */
function overwrite(file: string, wanted: string): void {
  const disk = readFileSync(file);
  const device = openSync(file, 'r+');
  try {
    for (let at = disk.indexOf(wanted); at >= 0; at = disk.indexOf(wanted, at + 4096)) {
      const was = Buffer.alloc(16);
      readSync(device, was, 0, 16, at);
      writeSync(
        device,
        was.map((byte) => byte ^ 0xff),
        0,
        16,
        at,
      );
    }
  } finally {
    closeSync(device);
  }
}
