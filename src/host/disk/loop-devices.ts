import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { attempt } from '../proc/processes.js';
import { deviceNumbers } from './partitions.js';

/** A loop device, and the file that it stands on, as it was called when it was opened. */
export interface Loop {
  readonly name: string;
  readonly file: string;
}

/** A loop device with MAJOR:MINOR of what it stands on. */
interface Stacked extends Loop {
  /** The filesystem that its file lies on. */
  readonly home: string;
  /** The block device that its file is, which may be a node in any filesystem; 0:0 for a regular file. */
  readonly device: string;
}

const backingFile = (name: string): string => `/sys/block/${name}/loop/backing_file`;
const isSetUp = (name: string): boolean => existsSync(backingFile(name));

/**
 * LOOP_GET_STATUS64 (0x4C05) of linux/loop.h: lo_device and lo_rdevice, the first and the third number of struct
 * loop_info64, are those of stat(2) for the file, as new_encode_dev() of linux/kdev_t.h writes them. losetup(8) shows only
 * the first.
 */
export const backingNumbers = `
  sub numbers { my $it = shift; sprintf('%d:%d', ($it >> 8) & 0xfff, ($it & 0xff) | (($it >> 12) & 0xfff00)) }
  for my $name (@ARGV) {
    open(my $loop, '<', "/dev/$name") or next;
    my $info = "\\0" x 256;
    ioctl($loop, 0x4c05, $info) or next;
    my ($home, undef, $device) = unpack('Q3', $info);
    print join(' ', $name, numbers($home), numbers($device)), "\\n";
  }`;

/** Every loop device that is set up. */
async function allLoops(signal: AbortSignal): Promise<Stacked[]> {
  const names = readdirSync('/sys/block').filter(isSetUp);
  if (names.length === 0) return [];
  const { stdout } = await exec(perl(backingNumbers, names), { signal });
  return stdout.split('\n').flatMap((line) => {
    const [name = '', home, device] = line.split(' ');
    const file = attempt(() => readFileSync(backingFile(name), 'utf8').replace(/\n$/, ''));
    return home === undefined || device === undefined || file === undefined
      ? []
      : [{ name, home, device, file }];
  });
}

/**
 * The loop devices whose file lies on a disk or is a part of it, and all that stand on these, however high; what stands on
 * another comes first.
 */
export async function loopsOn(disk: string, signal: AbortSignal): Promise<Loop[]> {
  const all = await allLoops(signal);
  const on = async (under: string): Promise<Loop[]> => {
    const numbers = new Set(deviceNumbers(under).values());
    // A btrfs counts its files under numbers of its own, which no block device has.
    if (all.some(({ home }) => home.startsWith('0:')))
      for (const number of await subvolumeNumbers(under, signal)) numbers.add(number);
    const found: Loop[] = [];
    for (const loop of all.filter(({ home, device }) => numbers.has(home) || numbers.has(device)))
      found.push(...(await on(loop.name)), loop);
    return found;
  };
  return await on(disk);
}

/** A shell in a mount namespace of its own mounts a btrfs as a whole, and prints st_dev of each subvolume: its root is inode 256. */
const subvolumes =
  'mount -t btrfs -o nodev,ro,subvolid=5 "$0" /tmp || mount -t btrfs -o nodev,subvolid=5 "$0" /tmp || exit 0; find /tmp -inum 256 -printf "%D\\n"';

/** MAJOR:MINOR under which the subvolumes of a disk's btrfs filesystems that the kernel still holds have their files. */
async function subvolumeNumbers(disk: string, signal: AbortSignal): Promise<string[]> {
  const alive = (attempt(() => readdirSync('/sys/fs/btrfs')) ?? []).map(
    (uuid) => `/sys/fs/btrfs/${uuid}/devices`,
  );
  const held = [...deviceNumbers(disk).keys()].filter((name) =>
    alive.some((at) => existsSync(`${at}/${name}`)),
  );
  const found: string[] = [];
  for (const name of held) {
    const argv = ['unshare', '--mount', 'sh', '-c', subvolumes, `/dev/${name}`] as const;
    const { stdout } = await exec(argv, { limit: 'disk', signal });
    found.push(...stdout.split('\n').filter(Boolean).map(asNumbers));
  }
  return found;
}

/** A device number as stat(2) gives it, see the program above. */
function asNumbers(text: string): string {
  const number = Number(text);
  return `${(number >> 8) & 0xfff}:${(number & 0xff) | ((number >> 12) & 0xfff00)}`;
}

/** Detaches a loop device. @returns whether it is gone: one in use goes with its last user, and losetup(8) calls that a success. */
export async function detachLoop({ name }: Loop, signal: AbortSignal): Promise<boolean> {
  await exec(['losetup', '--detach', `/dev/${name}`], { answers: [1], signal });
  return !isSetUp(name);
}
