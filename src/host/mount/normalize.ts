import { BuildError } from '../../common/errors.js';
import { mountsOfDisk } from '../disk/mounts-of-disk.js';
import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import { isAtOrBelow, type Mount, mountsIn } from '../proc/mountinfo.js';

/**
 * Mount point of an image: path without symbolic links in the mount namespace of a process; '' for the root.
 */
export interface ImageLocation {
  readonly pid: number;
  readonly root: string;
}

/** The mounts in an image, its root first. Targets are paths in the image. */
export const mountsOf = ({ pid, root }: ImageLocation): Mount[] =>
  mountsIn(pid)
    .filter(({ target }) => isAtOrBelow(target, root))
    .map((mount) => ({ ...mount, target: mount.target.slice(root.length) || '/' }));

const isSame = (one: Mount, other: Mount): boolean =>
  one.id === other.id && one.target === other.target && one.device === other.device;

/** A system call on a path of the image. */
type Call = readonly [what: 'thaw' | 'unmount' | 'writable', path: string, flags: number];

/**
 * Perl code that makes system calls on paths of an image without running a program of the image. Enters the
 * mount namespace, changes its root to the image, and prints failed remounts. Unmounts lazily (MNT_DETACH,
 * 2), like the end of the namespaces; the pre-snapshot check examines the device itself. Numbers: setns(2),
 * umount2(2), mount(2), linux/fs.h (FITHAW).
 */
const program = (): string => `
  use Fcntl;
  my ($namespace, $root, @calls) = @ARGV;
  open(my $space, '<', $namespace) or die "$!\\n";
  syscall(${syscalls().setns}, fileno($space), 0x20000) == 0 && chdir($root) && chroot('.') or die "$!\\n";
  while (my ($what, $path, $flags) = splice(@calls, 0, 3)) {
    my $none = 'none';
    if ($what eq 'unmount') {
      syscall(${syscalls().umount2}, $path, 2 | 8);
    } elsif ($what eq 'thaw') {
      my $directory;
      sysopen($directory, $path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) and ioctl($directory, 0xc0045878, 0);
    } else {
      syscall(${syscalls().mount}, $none, $path, $none, 32 | $flags, 0) == 0 or print "$path: $!\\n";
    }
  }`;

async function callIn(
  { pid, root }: ImageLocation,
  calls: readonly Call[],
  signal: AbortSignal,
): Promise<string> {
  if (calls.length === 0) return '';
  const args = calls.flatMap(([what, path, flags]) => [what, path, String(flags)]);
  const argv = ['perl', '-e', program(), '--', `/proc/${pid}/ns/mnt`, root || '/', ...args] as const;
  return (await exec(argv, { limit: 'disk', signal })).stdout.trim();
}

/**
 * Thaws filesystems of a disk that a script froze (fsfreeze(8)). Writes to a frozen filesystem block forever.
 */
export async function thaw(location: ImageLocation, disk: string, signal: AbortSignal): Promise<void> {
  const once = new Map(mountsOfDisk(mountsOf(location), disk).map(({ device, target }) => [device, target]));
  await callIn(
    location,
    [...once.values()].map((target) => ['thaw', target, 0]),
    signal,
  );
}

/** Targets of the mounts that were unmounted, and of those that were made writable again. */
export interface NormalizedMounts {
  readonly unmounted: readonly string[];
  readonly writable: readonly string[];
}

/** Mount flags of mount(2) that a remount clears unless they are given. */
const flags: Readonly<Record<string, number>> = { nosuid: 2, nodev: 4, noexec: 8 };

/**
 * Unmounts the mounts that scripts added in an image, and remounts filesystems of its disk that scripts made
 * read-only. No process may run in the image.
 * @param before the mounts before the first script
 * @throws BuildError if a filesystem stays read-only.
 */
export async function normalizeMounts(
  location: ImageLocation,
  before: readonly Mount[],
  disk: string,
  signal: AbortSignal,
): Promise<NormalizedMounts> {
  const of = (mount: Mount): Mount | undefined => before.find((one) => isSame(one, mount));
  const now = mountsOf(location);
  // A mount on top of the root does not affect lookups that start at the root below it.
  const added = now.filter((mount) => of(mount) === undefined && mount.target !== '/').toReversed();
  const readOnly = mountsOfDisk(now, disk).filter(
    (mount) => mount.isReadOnly && of(mount)?.isReadOnly === false,
  );
  const failed = await callIn(
    location,
    [
      ...added.map(({ target }) => ['unmount', target, 0] as const),
      ...readOnly.map(({ target, options }) => {
        const kept = options.reduce((sum, option) => sum | (flags[option] ?? 0), 0);
        return ['writable', target, kept] as const;
      }),
    ],
    signal,
  );
  if (failed !== '')
    throw new BuildError('a filesystem of the image is read-only and cannot be made writable', {
      output: failed.split('\n'),
      hint: 'A script remounted it read-only, or the kernel found an error in it. Check the kernel log (dmesg).',
    });
  return {
    unmounted: added.map(({ target }) => target),
    writable: readOnly.map(({ target }) => target),
  };
}
