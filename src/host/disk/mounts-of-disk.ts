import { existsSync, statSync } from 'node:fs';
import type { Mount } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';
import { deviceNumbers } from './partitions.js';

/**
 * The mounts of filesystems of a disk, by the device numbers of its partitions. The source field is not
 * evidence, because the caller of mount(2) chooses it. Exception: btrfs has an anonymous device number, and
 * the kernel sets the source to the name of its device.
 */
export function mountsOfDisk<M extends Mount>(mounts: readonly M[], disk: string): M[] {
  // A removed disk has no device numbers. Of the filesystems on a device, only btrfs has the major number 0.
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

/** A user namespace cannot mount btrfs, so the source field comes from the kernel. */
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

/** Partition names have a `p` before the number if the name of the disk ends with a digit. */
const isPartOf = (source: string, disk: string): boolean =>
  source.startsWith(`/dev/${disk}`) &&
  (/\d$/.test(disk) ? /^(p\d+)?$/ : /^\d*$/).test(source.slice(`/dev/${disk}`.length));

/**
 * Whether a path shows a filesystem of a disk. Of several mounts on one mount point, the last hides the
 * others.
 */
export function showsDisk(mounts: readonly Mount[], path: string, disk: string): boolean {
  const last = mounts.findLast(({ target }) => target === path);
  return last !== undefined && mountsOfDisk([last], disk).length > 0;
}
