import { readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { unescaped } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';
import { isFree } from './exclusive.js';
import { deviceNumbers } from './partitions.js';

/** A line of /proc/swaps (proc(5)). The path is that of the mount namespace in which it was put to use. */
export interface Swap {
  readonly path: string;
  readonly type: string;
}

/** What the VM's memory is swapped to. */
export const swaps = (): Swap[] =>
  (attempt(() => readFileSync('/proc/swaps', 'utf8')) ?? '')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path, type] = line.split(/\s+/);
      return path === undefined || type === undefined ? [] : [{ path: unescaped(path), type }];
    });

/**
 * swapoff(2) and FITHAW (linux/fs.h) on a filesystem. The namespace in which a swap file was put to use may be gone, and
 * with it the name: so each end of its path is tried here. The kernel compares the file, not the name, so no other can
 * be meant.
 */
export const swapOff = `
  use Fcntl;
  my ($root, @paths) = @ARGV;
  chdir($root) && chroot('.') or fail($root);
  my $top;
  sysopen($top, '/', O_RDONLY | O_DIRECTORY) and ioctl($top, 0xc0045878, 0);
  for my $path (@paths) {
    for (my $end = $path; $end ne ''; $end =~ s{^/*[^/]*}{}) {
      my $place = $end;
      syscall($syscall{swapoff}, $place) == 0 or next;
      print "$path\\n";
      last;
    }
  }`;

/**
 * Ends the use of a device as swap, from the VM's own name of it.
 * @returns whether it was in use.
 */
export async function swapOffDevice(name: string, signal: AbortSignal): Promise<boolean> {
  if (!swaps().some(({ path }) => path === `/dev/${name}`)) return false;
  await exec(['swapoff', `/dev/${name}`], { limit: 'disk', signal });
  return true;
}

/**
 * Ends the use of swap files that lie on a disk, and thaws its filesystems: those that the kernel holds are mounted
 * once more for that, in a mount namespace of their own.
 * @returns the files, as the image called them.
 */
export async function swapOffFiles(disk: string, signal: AbortSignal): Promise<string[]> {
  const files = swaps().flatMap(({ path, type }) => (type === 'file' ? [path] : []));
  const held = [...deviceNumbers(disk).keys()].filter((name) => !isFree(name));
  const off: string[] = [];
  for (const name of held) {
    const argv = [...mountedAt, `/dev/${name}`, ...perl(swapOff, ['/tmp', ...files])] as const;
    const { stdout } = await exec(argv, { limit: 'disk', answers: [32], signal });
    off.push(...stdout.split('\n').filter(Boolean));
  }
  return off;
}

/** Mounts a device at /tmp in a new mount namespace, and runs a command there. Exit code 32 is that of mount(8). */
const mountedAt = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -o nodev "$0" /tmp || exit 32; exec "$@"',
] as const;
