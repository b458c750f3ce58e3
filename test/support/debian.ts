import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { aptSource } from '../../src/demo/apt-source.js';
import { exec } from '../../src/host/exec/exec.js';

/** Where partition 1 begins, and how much of the disk is left for it. */
const start = 2 ** 20;
const size = 2 ** 30;

let own: string | undefined;
afterAll(() => {
  if (own !== undefined) rmSync(own, { recursive: true });
});

/** scripts/test.sh hands in a folder for the files of a run; a file that runs alone has one of its own. */
function folderOfRun(): string {
  if (process.env.TEST_RUN) return process.env.TEST_RUN;
  own ??= mkdtempSync(join(tmpdir(), 'build-omi-debian-'));
  return own;
}

/**
 * A disk of 1 GiB with a real Debian in partition 1 (ext4): minbase and python3-apt, with an apt that finds
 * its packages where this machine's does. It is made once a run, in 40 s or more: a hook that asks for it
 * wants a time limit of its own.
 * @returns its path; the disk is not to be changed.
 */
export async function debianDisk(): Promise<string> {
  const folder = folderOfRun();
  const path = join(folder, 'debian.img');
  while (!existsSync(path)) {
    const work = join(folder, 'debian');
    // Another test file may be making it: the folder is its lock.
    if (!isMade(work)) {
      await sleep(200);
      continue;
    }
    try {
      await makeDebian(path, work);
    } finally {
      rmSync(work, { recursive: true });
    }
  }
  return path;
}

/** Makes a folder. @returns false where it is there already. */
function isMade(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** In a mount namespace of its own, and on the disk itself: a temporary folder may be one without devices. */
const bootstrap = `
  disk=$1 root=$2 mirror=$3 proxy=$4 settings=$5
  mount -o loop,offset=${start} "$disk" "$root"
  http_proxy=$proxy debootstrap --variant=minbase --include=python3-apt bookworm "$root" "$mirror"
  printf '%s' "$settings" >"$root/etc/apt/apt.conf.d/90test"
  rm -rf "$root"/var/cache/apt/archives/*.deb
  umount "$root"`;

async function makeDebian(path: string, work: string): Promise<void> {
  const [disk, root] = [join(work, 'disk'), join(work, 'root')];
  mkdirSync(root);
  writeFileSync(disk, '');
  truncateSync(disk, size);
  await exec(['sfdisk', '--quiet', disk], { input: 'label: dos\n2048,,L,*\n' });
  await exec(['mke2fs', '-q', '-t', 'ext4', '-E', `offset=${start}`, disk, `${(size - start) / 1024}k`]);
  const { mirror, proxy, settings } = await aptSource();
  const args = [bootstrap, 'sh', disk, root, mirror, proxy, settings];
  await exec(['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-ec', ...args], {
    limit: 'disk',
  });
  renameSync(disk, path);
}
