import { readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { unescaped } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';
import { isFree } from './exclusive.js';
import { deviceNumbers } from './partitions.js';

/**
 * A line of /proc/swaps (proc(5)). The path is valid in the mount namespace of the process that called
 * swapon(2).
 */
export interface Swap {
  readonly path: string;
  readonly type: string;
}

/** The active swap areas of the VM. */
export const swaps = (): Swap[] =>
  (attempt(() => readFileSync('/proc/swaps', 'utf8')) ?? '')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path, type] = line.split(/\s+/);
      return path === undefined || type === undefined ? [] : [{ path: unescaped(path), type }];
    });

/**
 * Calls swapoff(2) and FITHAW (linux/fs.h) on a filesystem. The mount namespace in which the path of a swap
 * file is valid may be gone, so this tries each suffix of the path. That is safe: the kernel compares inodes,
 * not paths.
 */
export const swapOff = `
  use Fcntl;
  my ($root, @paths) = @ARGV;
  chdir($root) && chroot('.') or fail($root);
  my $top;
  sysopen($top, '/', O_RDONLY | O_DIRECTORY) and ioctl($top, 0xc0045878, 0);
  for my $path (@paths) {
    for (my $end = $path; $end ne ''; $end =~ s{^/*[^/]*}{}) {
      my $path_end = $end;
      syscall($syscall{swapoff}, $path_end) == 0 or next;
      print "$path\\n";
      last;
    }
  }`;

/**
 * Turns off swap on a device, by its name on the VM.
 * @returns whether the device was in use as swap.
 */
export async function swapOffDevice(name: string, signal: AbortSignal): Promise<boolean> {
  if (!swaps().some(({ path }) => path === `/dev/${name}`)) return false;
  await exec(['swapoff', `/dev/${name}`], { limit: 'disk', signal });
  return true;
}

/**
 * Turns off the swap files on a disk and thaws its filesystems. For that, it mounts each filesystem that is
 * still active in the kernel again, in a new mount namespace.
 * @returns the paths of the swap files, as /proc/swaps lists them.
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

/**
 * Mounts a device at /tmp in a new mount namespace, and runs a command there. Exit code 32 is that of
 * mount(8).
 */
const mountedAt = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -o nodev "$0" /tmp || exit 32; exec "$@"',
] as const;
