import { existsSync } from 'node:fs';
import type { Mount } from './mounts.js';
import { deviceNumbers } from './partitions.js';

/** The mounts of filesystems of a disk. A mount of btrfs has a device number of its own: there its source tells. */
export function mountsOfDisk(mounts: readonly Mount[], disk: string): Mount[] {
  // Of a disk that was torn off only its name is left.
  if (!existsSync(`/sys/block/${disk}`)) return mounts.filter(({ source }) => isPartOf(source, disk));
  const numbers = [...deviceNumbers(disk)];
  return mounts.filter(({ device, source }) =>
    numbers.some(([name, number]) => number === device || source === `/dev/${name}`),
  );
}

/** Names of partitions have a `p` where that of the disk ends with a digit. */
const isPartOf = (source: string, disk: string): boolean =>
  source.startsWith(`/dev/${disk}`) &&
  (/\d$/.test(disk) ? /^(p\d+)?$/ : /^\d*$/).test(source.slice(`/dev/${disk}`.length));
