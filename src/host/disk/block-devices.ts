import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { apiName, suffixOf } from './device-names.js';

/** A disk of the kernel, from /sys/block. */
export interface Disk {
  /** The kernel's name: `vdb`, `nvme1n1`, `loop3`. */
  readonly name: string;
  /** Bytes; 0 for a loop device that is not in use. */
  readonly size: number;
  readonly serial: string | undefined;
  /**
   * A sequence number that is unique to the disk in this boot (sysfs-block, diskseq; Linux 5.15). It is not
   * read for a disk without content.
   */
  readonly sequence: string | undefined;
}

/** The names that can refer to a disk. */
export interface Names {
  /** Names directly in /dev with the form of API names, the disk each refers to, and whether it is a link. */
  readonly plain: readonly { readonly name: string; readonly disk: string; readonly isLink: boolean }[];
  /** The links below /dev/disk/by-id. */
  readonly byId: readonly { readonly name: string; readonly disk: string }[];
  /** The disk that `nvme_device_path` resolves to; undefined if the option is not set. */
  readonly given: readonly string[] | undefined;
}

const read = (path: string): string | undefined => {
  try {
    // Most have no serial, and an error takes much longer than this.
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
  } catch {
    return undefined;
  }
};

/** All disks of this VM. `size` counts sectors of 512 bytes for every disk (sysfs-block, kernel docs). */
export function disks(): Disk[] {
  return readdirSync('/sys/block').map((name) => {
    const size = Number(read(`/sys/block/${name}/size`) ?? 0) * 512;
    // There can be many loop devices that are not in use.
    if (size === 0) return { name, size, serial: undefined, sequence: undefined };
    const serial = read(`/sys/block/${name}/serial`) ?? read(`/sys/block/${name}/device/serial`);
    return { name, size, serial, sequence: sequenceOf(name) };
  });
}

/** The diskseqs of all disks, also of those without content. */
export const sequences = (): string[] =>
  readdirSync('/sys/block')
    .map(sequenceOf)
    .filter((one) => one !== undefined);

/** The diskseq of the disk with this name; undefined if there is none, or before Linux 5.15. */
export const sequenceOf = (disk: string): string | undefined => read(`/sys/block/${disk}/diskseq`);

/**
 * The names in /dev and the serials in /dev/disk/by-id that look like names of the API: these names are in
 * use.
 */
export function localNames(): string[] {
  const ids = list('/dev/disk/by-id').map((link) => apiName.exec(link)?.[1] ?? '');
  return [...list('/dev'), ...ids].filter((name) => suffixOf(name) !== undefined);
}

/** Reads /dev. @param given the path of `nvme_device_path` */
export const namesInDev = (given: string | undefined): Names => ({
  plain: list('/dev')
    .filter((name) => suffixOf(name) !== undefined)
    .flatMap((name) =>
      diskAt(`/dev/${name}`).map((disk) => ({ name, disk, isLink: isLink(`/dev/${name}`) })),
    ),
  byId: list('/dev/disk/by-id').flatMap((name) =>
    diskAt(join('/dev/disk/by-id', name)).map((disk) => ({ name, disk })),
  ),
  given: given === undefined ? undefined : diskAt(withoutP(given)),
});

/** Without the `p` before a partition number that users of amazon-chroot write: /dev/nvme1n1p. */
const withoutP = (path: string): string => (existsSync(path) ? path : path.replace(/(\d)p$/, '$1'));

/** The disk that a path below /dev resolves to; empty if it is not a disk. */
export function diskAt(path: string): string[] {
  try {
    const name = basename(realpathSync(path));
    return existsSync(`/sys/block/${name}`) ? [name] : [];
  } catch {
    return []; // A dangling link, or a link that was removed meanwhile.
  }
}

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
