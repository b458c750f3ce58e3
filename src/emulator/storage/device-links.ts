import { lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { conflict } from '../model/errors.js';
import { loopOf, partitions } from './loop-devices.js';

/**
 * How an attached disk is called: `api` gives it the API's name (`/dev/xvdb`, `/dev/xvdb1`); `by-id` gives
 * only the link by which Outscale's CSI driver finds it, for `/dev/xvdb` and `/dev/sdb` alike.
 */
export type Naming = 'api' | 'by-id';

/** `LinkVolumeRequest.DeviceName`: the names a volume can have that is not the root. */
export const isDeviceName = (name: string): boolean => /^\/dev\/(sd|xvd)[b-z][a-z]?$/.test(name);

/** Where the link to the disk lies. */
export const linkPath = (naming: Naming, device: string): string =>
  naming === 'api'
    ? device
    : `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${basename(device).replace(/^xvd/, 'sd')}`;

const takenName = (device: string): ReturnType<typeof conflict> =>
  conflict(`The device name '${device}' is taken.`);

/**
 * The links to attached disks. A link is made exclusively, which makes it the lock between emulators: until
 * its disk is there, and again while that is being put away, it leads to the file of the volume.
 */
export class DeviceLinks {
  constructor(readonly naming: Naming) {}

  /** @throws ApiError ResourceConflict when /dev has that name already */
  check(device: string): void {
    if (exists(linkPath(this.naming, device))) throw takenName(device);
    this.#checkOthers(device);
  }

  /** Names that another emulator, or the VM itself, may have for it, also where its naming is the other one. */
  #checkOthers(device: string): void {
    const own = linkPath(this.naming, device);
    const names = [linkPath('api', device), linkPath('by-id', device), `${device}1`];
    if (names.some((name) => name !== own && exists(name))) throw takenName(device);
  }

  /**
   * Takes a name for a volume's file; taking it twice is the same as once.
   * @throws ApiError ResourceConflict when somebody else has it
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
      // One of the other naming may have come in between.
      this.#checkOthers(device);
    } catch (error) {
      rmSync(path);
      throw error;
    }
  }

  /** Lets the name lead to a loop device and its partitions. */
  point(device: string, loop: string): void {
    const path = linkPath(this.naming, device);
    replace(path, this.naming === 'api' ? loop : `../../${loop}`);
    this.namePartitions(device, loop);
  }

  /** Gives the partitions that a disk has by now their names, where `naming` has any. */
  namePartitions(device: string, loop: string): void {
    if (this.naming !== 'api') return;
    for (const number of partitions(loop)) {
      const path = `${device}${number}`;
      if (!exists(path)) symlinkSync(`${loop}p${number}`, path);
    }
  }

  /** Lets the name, still taken, lead to the volume's file again, and takes the names of partitions away. */
  park(device: string, file: string): void {
    const path = linkPath(this.naming, device);
    for (const partition of partitionLinks(path)) rmSync(partition, { force: true });
    replace(path, file);
  }

  /** Gives the name back, unless somebody else has it by now. */
  release(device: string, file: string): void {
    const path = linkPath(this.naming, device);
    if (leadsTo(path, file)) removeLink(path);
  }
}

/** Every name of a whole disk that leads to one of these targets. */
export const linksTo = (isTarget: (target: string) => boolean): string[] =>
  ['/dev', '/dev/disk/by-id'].flatMap((directory) =>
    entries(directory)
      .map((name) => join(directory, name))
      .filter((path) => isTarget(targetOf(path) ?? '')),
  );

/** Takes away the name of a disk and the names of its partitions. */
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

/** Whether a link leads to a file or to the loop device that holds it. */
function leadsTo(path: string, file: string): boolean {
  const target = targetOf(path);
  return target !== undefined && (target === file || basename(target) === loopOf(file));
}

/** Replaces a link in one step, so that the name is never free. */
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
