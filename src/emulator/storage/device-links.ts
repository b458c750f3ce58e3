import { lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { conflict } from '../model/errors.js';
import { loopOf, partitions } from './loop-devices.js';

/**
 * Naming of attached disks: `api` creates links with the API's device names (`/dev/xvdb`, `/dev/xvdb1`);
 * `by-id` creates only the link that Outscale's CSI driver uses, the same for `/dev/xvdb` and `/dev/sdb`.
 */
export type Naming = 'api' | 'by-id';

/** `LinkVolumeRequest.DeviceName`: the valid device names of a volume other than the root. */
export const isDeviceName = (name: string): boolean => /^\/dev\/(sd|xvd)[b-z][a-z]?$/.test(name);

/** Path of the link to the disk. */
export const linkPath = (naming: Naming, device: string): string =>
  naming === 'api'
    ? device
    : `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${basename(device).replace(/^xvd/, 'sd')}`;

const takenName = (device: string): ReturnType<typeof conflict> =>
  conflict(`The device name '${device}' is already in use.`);

/**
 * The links to attached disks. A link is created exclusively, so it is the lock between emulators. Before its
 * disk is attached, and while it is detached, the link points to the file of the volume.
 */
export class DeviceLinks {
  constructor(readonly naming: Naming) {}

  /** @throws ApiError ResourceConflict if the name already exists in /dev */
  check(device: string): void {
    if (exists(linkPath(this.naming, device))) throw takenName(device);
    this.#checkOthers(device);
  }

  /** Checks the names that another emulator with the other naming, or the VM itself, may use. */
  #checkOthers(device: string): void {
    const own = linkPath(this.naming, device);
    const names = [linkPath('api', device), linkPath('by-id', device), `${device}1`];
    if (names.some((name) => name !== own && exists(name))) throw takenName(device);
  }

  /**
   * Reserves a name for a volume's file; idempotent.
   * @throws ApiError ResourceConflict if the name is in use
   */
  claim(device: string, file: string): void {
    const path = linkPath(this.naming, device);
    if (leadsTo(path, file)) return;
    this.check(device);
    try {
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(file, path);
    } catch (error) {
      this.check(device);
      throw error;
    }
    try {
      // An emulator with the other naming may have reserved the name in the meantime.
      this.#checkOthers(device);
    } catch (error) {
      rmSync(path);
      throw error;
    }
  }

  /** Points the link to a loop device and creates the links of its partitions. */
  point(device: string, loop: string): void {
    const path = linkPath(this.naming, device);
    replace(path, this.naming === 'api' ? loop : `../../${loop}`);
    this.namePartitions(device, loop);
  }

  /** Creates the links of the partitions that the disk has now, if `naming` has such links. */
  namePartitions(device: string, loop: string): void {
    if (this.naming !== 'api') return;
    for (const number of partitions(loop)) {
      const path = `${device}${number}`;
      if (!exists(path)) symlinkSync(`${loop}p${number}`, path);
    }
  }

  /** Points the link, still reserved, to the volume's file again, and removes the links of partitions. */
  park(device: string, file: string): void {
    const path = linkPath(this.naming, device);
    for (const partition of partitionLinks(path)) rmSync(partition, { force: true });
    replace(path, file);
  }

  /** Removes the link unless it belongs to another volume by now. */
  release(device: string, file: string): void {
    const path = linkPath(this.naming, device);
    if (leadsTo(path, file)) removeLink(path);
  }
}

/** Every link of a whole disk to one of these targets. */
export const linksTo = (isTarget: (target: string) => boolean): string[] =>
  ['/dev', '/dev/disk/by-id'].flatMap((directory) =>
    entries(directory)
      .map((name) => join(directory, name))
      .filter((path) => isTarget(targetOf(path) ?? '')),
  );

/** Removes the link of a disk and the links of its partitions. */
export function removeLink(path: string): void {
  for (const link of [...partitionLinks(path), path]) rmSync(link, { force: true });
}

function partitionLinks(path: string): string[] {
  const isPartition = new RegExp(`^${basename(path)}\\d+$`);
  return entries(dirname(path))
    .filter((name) => isPartition.test(name))
    .map((name) => join(dirname(path), name))
    .filter((link) => /^loop\d+p\d+$/.test(targetOf(link) ?? ''));
}

/** Whether a link points to a file or to the loop device of that file. */
function leadsTo(path: string, file: string): boolean {
  const target = targetOf(path);
  return target !== undefined && (target === file || basename(target) === loopOf(file));
}

/** Replaces a link atomically, so that the name is never free. */
function replace(path: string, target: string): void {
  const next = join(dirname(path), `.${basename(path)}.${process.pid}`);
  rmSync(next, { force: true });
  symlinkSync(target, next);
  renameSync(next, path);
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
