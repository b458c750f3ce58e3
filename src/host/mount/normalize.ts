import { BuildError } from '../../common/errors.js';
import { mountsOfDisk } from '../disk/mounts-of-disk.js';
import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import { isAtOrBelow, type Mount, mountsIn } from '../proc/mountinfo.js';

/** Where an image is mounted: in the mount namespace of a process, at a path without links; '' where it is the root. */
export interface ImagePlace {
  readonly pid: number;
  readonly root: string;
}

/** What is mounted in an image, its root first, by the places where the image has it. */
export const mountsOf = ({ pid, root }: ImagePlace): Mount[] =>
  mountsIn(pid)
    .filter(({ target }) => isAtOrBelow(target, root))
    .map((mount) => ({ ...mount, target: mount.target.slice(root.length) || '/' }));

const isSame = (one: Mount, other: Mount): boolean =>
  one.id === other.id && one.target === other.target && one.device === other.device;

/** A call of the kernel on a place of the image. */
type Call = readonly [what: 'thaw' | 'unmount' | 'writable', place: string, flags: number];

/**
 * Works on places of an image as it sees them itself, without any program of it: enters the mount namespace, makes
 * the image its root, and says which calls failed. Unmounts lazily what a script mounted, as the end of the
 * namespaces would: the gate asks the device itself. Numbers: setns(2), umount2(2), mount(2), linux/fs.h (FITHAW).
 */
const program = (): string => `
  use Fcntl;
  my ($namespace, $root, @calls) = @ARGV;
  open(my $space, '<', $namespace) or die "$!\\n";
  syscall(${syscalls().setns}, fileno($space), 0x20000) == 0 && chdir($root) && chroot('.') or die "$!\\n";
  while (my ($what, $place, $flags) = splice(@calls, 0, 3)) {
    my $none = 'none';
    if ($what eq 'unmount') {
      syscall(${syscalls().umount2}, $place, 2 | 8);
    } elsif ($what eq 'thaw') {
      my $folder;
      sysopen($folder, $place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) and ioctl($folder, 0xc0045878, 0);
    } else {
      syscall(${syscalls().mount}, $none, $place, $none, 32 | $flags, 0) == 0 or print "$place: $!\\n";
    }
  }`;

async function callIn(
  { pid, root }: ImagePlace,
  calls: readonly Call[],
  signal: AbortSignal,
): Promise<string> {
  if (calls.length === 0) return '';
  const words = calls.flatMap(([what, place, flags]) => [what, place, String(flags)]);
  const argv = ['perl', '-e', program(), '--', `/proc/${pid}/ns/mnt`, root || '/', ...words] as const;
  return (await exec(argv, { limit: 'disk', signal })).stdout.trim();
}

/** Lets filesystems of a disk go on that a script has frozen (fsfreeze(8)): what writes to them would wait for ever. */
export async function thaw(place: ImagePlace, disk: string, signal: AbortSignal): Promise<void> {
  const once = new Map(mountsOfDisk(mountsOf(place), disk).map(({ device, target }) => [device, target]));
  await callIn(
    place,
    [...once.values()].map((target) => ['thaw', target, 0]),
    signal,
  );
}

/** What scripts had made of the mounts of an image. */
export interface NormalizedMounts {
  readonly unmounted: readonly string[];
  readonly writable: readonly string[];
}

/** The flags of a mount that a remount would drop, from mount(2). */
const flags: Readonly<Record<string, number>> = { nosuid: 2, nodev: 4, noexec: 8 };

/**
 * Unmounts what scripts have mounted in an image, and makes filesystems of its disk writable that they have made
 * read-only. Nothing may run in it any more.
 * @param before what was mounted before the first of them
 * @throws BuildError when a filesystem stays read-only.
 */
export async function normalizeMounts(
  place: ImagePlace,
  before: readonly Mount[],
  disk: string,
  signal: AbortSignal,
): Promise<NormalizedMounts> {
  const of = (mount: Mount): Mount | undefined => before.find((one) => isSame(one, mount));
  const now = mountsOf(place);
  // What covers the root covers nothing that is looked up from there.
  const added = now.filter((mount) => of(mount) === undefined && mount.target !== '/').toReversed();
  const closed = mountsOfDisk(now, disk).filter(
    (mount) => mount.isReadOnly && of(mount)?.isReadOnly === false,
  );
  const failed = await callIn(
    place,
    [
      ...added.map(({ target }) => ['unmount', target, 0] as const),
      ...closed.map(({ target, options }) => {
        const kept = options.reduce((sum, option) => sum | (flags[option] ?? 0), 0);
        return ['writable', target, kept] as const;
      }),
    ],
    signal,
  );
  if (failed !== '')
    throw new BuildError('a filesystem of the image is read-only and cannot be made writable', {
      output: failed.split('\n'),
      hint: 'A script made it so, or the kernel found an error in it: dmesg tells.',
    });
  return {
    unmounted: added.map(({ target }) => target),
    writable: closed.map(({ target }) => target),
  };
}
