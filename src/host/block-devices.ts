import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suffixOf } from './device-names.js';

/** A disk as the kernel has it, from /sys/block. */
export interface Disk {
  /** The kernel's name: `vdb`, `nvme1n1`, `loop3`. */
  readonly name: string;
  /** Bytes; 0 for a loop device that is not in use. */
  readonly size: number;
  readonly serial: string | undefined;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/** All disks of this VM. `size` counts sectors of 512 bytes whatever the disk's own are (sysfs-block, kernel docs). */
export function disks(): Disk[] {
  return readdirSync('/sys/block').map((name) => ({
    name,
    size: Number(read(`/sys/block/${name}/size`) ?? 0) * 512,
    serial: read(`/sys/block/${name}/serial`) ?? read(`/sys/block/${name}/device/serial`),
  }));
}

/** The names in /dev and the serials in /dev/disk/by-id that look like names of the API, to keep clear of. */
export function localNames(): string[] {
  const ids = list('/dev/disk/by-id').map((link) => /_((?:sd|xvd)[a-z]{1,2})$/.exec(link)?.[1] ?? '');
  return [...list('/dev'), ...ids].filter((name) => suffixOf(name) !== undefined);
}

/** What each sign says of where a volume is: names of the kernel's, one sign a line. */
export interface Signs {
  /** /dev/xvdb or /dev/sdb, whichever exists, led to its disk. */
  readonly name: readonly string[];
  /** A link below /dev/disk/by-id that ends with the name or holds the volume's ID. */
  readonly byId: readonly string[];
  /** A disk whose serial is the volume's ID. */
  readonly serial: readonly string[];
  /** Disks that are new, or were empty, since before the attachment. */
  readonly appeared: readonly string[];
}

/** Reads the signs for a volume attached under `device`, compared with the disks that were there `before`. */
export function signsOf(device: string, volumeId: string, before: readonly Disk[]): Signs {
  const suffix = suffixOf(device);
  const id = volumeId.replaceAll('-', '');
  const now = disks();
  const empty = new Set(before.filter((disk) => disk.size === 0).map((disk) => disk.name));
  const known = new Set(before.map((disk) => disk.name));
  const folder = '/dev/disk/by-id';
  const links = list(folder).filter(
    (link) => new RegExp(`_(sd|xvd)${suffix}$`).test(link) || link.replaceAll('-', '').includes(id),
  );
  return {
    name: [`/dev/xvd${suffix}`, `/dev/sd${suffix}`].flatMap(diskAt),
    byId: links.flatMap((link) => diskAt(join(folder, link))),
    serial: now.filter((disk) => disk.serial?.replaceAll('-', '') === id).map((disk) => disk.name),
    appeared: now
      .filter((disk) => disk.size > 0 && (empty.has(disk.name) || !known.has(disk.name)))
      .map((disk) => disk.name),
  };
}

/** A disk found, a reason to stop, or neither yet. */
export type Verdict = { readonly disk: string } | { readonly disagree: string } | undefined;

/**
 * Weighs the signs. The disk must have appeared since the attachment, be named by at least one other sign, and
 * have the volume's size; signs that name different disks are a reason to stop, never to guess.
 * @param size bytes of the volume; unknown where the API does not tell.
 */
export function weigh(signs: Signs, size: number | undefined, now: readonly Disk[]): Verdict {
  const named = new Set([...signs.name, ...signs.byId, ...signs.serial]);
  const [disk] = named;
  if (disk === undefined) return undefined;
  if (named.size > 1) return { disagree: `its names lead to different disks (${[...named].join(', ')})` };
  // A name may still be the one of a disk that just went; the kernel is given time to catch up.
  if (!signs.appeared.includes(disk)) return undefined;
  const found = now.find((one) => one.name === disk);
  if (size !== undefined && found?.size !== size) {
    return { disagree: `${disk} has ${found?.size ?? 0} bytes where the volume has ${size}` };
  }
  return { disk };
}

/** The disk a path below /dev leads to, if it is one. */
export function diskAt(path: string): string[] {
  if (!existsSync(path)) return [];
  const name = basename(realpathSync(path));
  return existsSync(`/sys/block/${name}`) ? [name] : [];
}

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
