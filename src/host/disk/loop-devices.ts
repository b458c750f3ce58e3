import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { attempt } from '../proc/processes.js';
import { deviceNumbers } from './partitions.js';

/** A loop device, and the path of its backing file when it was opened. */
export interface Loop {
  readonly name: string;
  readonly file: string;
}

/** A loop device with device numbers (MAJOR:MINOR) of its backing file. */
interface Stacked extends Loop {
  /** The filesystem that contains the backing file. */
  readonly home: string;
  /** The block device, if the backing file is a device node in any filesystem; 0:0 for a regular file. */
  readonly device: string;
}

const backingFile = (name: string): string => `/sys/block/${name}/loop/backing_file`;
const isSetUp = (name: string): boolean => existsSync(backingFile(name));

/**
 * LOOP_GET_STATUS64 (0x4C05, linux/loop.h): lo_device and lo_rdevice, the first and third number of struct
 * loop_info64, are st_dev and st_rdev of the backing file, encoded by new_encode_dev() (linux/kdev_t.h).
 * losetup(8) shows only the first.
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

/** All loop devices that have a backing file. */
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
 * The loop devices whose backing file is on a disk, or is the disk or a partition of it; recursively also
 * those backed by these. A loop device comes before the one that backs it.
 */
export async function loopsOn(disk: string, signal: AbortSignal): Promise<Loop[]> {
  const all = await allLoops(signal);
  const on = async (under: string): Promise<Loop[]> => {
    const numbers = new Set(deviceNumbers(under).values());
    // Files on btrfs have an anonymous device number, which is not that of a block device.
    if (all.some(({ home }) => home.startsWith('0:')))
      for (const number of await subvolumeNumbers(under, signal)) numbers.add(number);
    const found: Loop[] = [];
    for (const loop of all.filter(({ home, device }) => numbers.has(home) || numbers.has(device)))
      found.push(...(await on(loop.name)), loop);
    return found;
  };
  return await on(disk);
}

/** Shell script that mounts a whole btrfs and prints st_dev of each subvolume root (inode 256). */
const subvolumes =
  'mount -t btrfs -o nodev,ro,subvolid=5 "$0" /tmp || mount -t btrfs -o nodev,subvolid=5 "$0" /tmp || exit 0; find /tmp -inum 256 -printf "%D\\n"';

/** MAJOR:MINOR of the subvolumes of a disk, for the btrfs filesystems that are active in the kernel. */
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

/** MAJOR:MINOR of st_dev, decoded as in `backingNumbers`. */
function asNumbers(text: string): string {
  const number = Number(text);
  return `${(number >> 8) & 0xfff}:${(number & 0xff) | ((number >> 12) & 0xfff00)}`;
}

/**
 * Detaches a loop device. The kernel detaches one that is in use when its last user closes it, and losetup(8)
 * still exits with 0.
 * @returns whether it is detached.
 */
export async function detachLoop({ name }: Loop, signal: AbortSignal): Promise<boolean> {
  await exec(['losetup', '--detach', `/dev/${name}`], { answers: [1], signal });
  return !isSetUp(name);
}
