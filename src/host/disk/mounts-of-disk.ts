import { existsSync, statSync } from 'node:fs';
import type { Mount } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';
import { deviceNumbers } from './partitions.js';

/**
 * The mounts of filesystems of a disk, by the device numbers of its partitions: the source is a text that whoever mounts
 * may choose. A btrfs has a device number of its own, and as source the name of its device, as the kernel knows it.
 */
export function mountsOfDisk<M extends Mount>(mounts: readonly M[], disk: string): M[] {
  // A disk that was torn off has no device numbers any more. No filesystem on a device has the major number 0 but btrfs.
  if (!existsSync(`/sys/block/${disk}`))
    return mounts.filter(
      (mount) => isPartOf(mount.source, disk) && (isBtrfs(mount) || !mount.device.startsWith('0:')),
    );
  const numbers = deviceNumbers(disk);
  const devices = new Set(numbers.values());
  return mounts.filter(
    (mount) => devices.has(mount.device) || (isBtrfs(mount) && isNodeOf(mount.source, numbers)),
  );
}

/** A user namespace cannot mount it, so the source is what the kernel says. */
const isBtrfs = ({ type }: Mount): boolean => type === 'btrfs';

function isNodeOf(source: string, numbers: ReadonlyMap<string, string>): boolean {
  if ([...numbers.keys()].some((name) => source === `/dev/${name}`)) return true;
  const node = /^\/dev\/[\w.-]+$/.test(source) ? attempt(() => statSync(source)) : undefined;
  return node?.isBlockDevice() === true && [...numbers.values()].includes(textOf(node.rdev));
}

/** MAJOR:MINOR of a device number (makedev(3) of glibc). */
const textOf = (rdev: number): string => {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  return `${major}:${(number & 0xffn) | ((number >> 12n) & 0xffffff00n)}`;
};

/** Names of partitions have a `p` where that of the disk ends with a digit. */
const isPartOf = (source: string, disk: string): boolean =>
  source.startsWith(`/dev/${disk}`) &&
  (/\d$/.test(disk) ? /^(p\d+)?$/ : /^\d*$/).test(source.slice(`/dev/${disk}`.length));

/** Whether what is seen at a path is a filesystem of a disk: of mounts at one place the last covers the others. */
export function showsDisk(mounts: readonly Mount[], path: string, disk: string): boolean {
  const last = mounts.findLast(({ target }) => target === path);
  return last !== undefined && mountsOfDisk([last], disk).length > 0;
}
