import type { Disk, Names } from './block-devices.js';
import { apiName, suffixOf } from './device-names.js';

/** What each sign says of where a volume is: names of the kernel's, one sign a line. */
export interface DiskEvidence {
  /** /dev/xvdb or /dev/sdb led to it. */
  readonly name: readonly string[];
  /** A link below /dev/disk/by-id that ends with the name or holds the volume's ID. */
  readonly byId: readonly string[];
  /** A disk whose serial is the volume's ID. */
  readonly serial: readonly string[];
  /** Disks that are new, were empty, or are others by now, since before the attachment. */
  readonly appeared: readonly string[];
  /** What the user says; undefined where the user says nothing. */
  readonly given: readonly string[] | undefined;
}

/** Sorts out the signs for a volume attached under `device`, compared with the disks that were there `before`. */
export function evidenceOf(
  device: string,
  volumeId: string,
  before: readonly Disk[],
  now: readonly Disk[],
  names: Names,
): DiskEvidence {
  const suffix = suffixOf(device);
  const id = volumeId.replaceAll('-', '');
  const known = new Map(before.map((disk) => [disk.name, disk]));
  // Where disks have links that carry the API's names, the kernel hands out /dev/sdX in the order of their coming.
  const hasLinks = names.byId.some(({ name }) => apiName.test(name));
  return {
    name: names.plain
      .filter(({ name }) => suffixOf(name) === suffix)
      .filter(({ name, isLink }) => isLink || name.startsWith('xvd') || !hasLinks)
      .map(({ disk }) => disk),
    byId: names.byId
      .filter(
        ({ name }) =>
          suffixOf(apiName.exec(name)?.[1] ?? '') === suffix || name.replaceAll('-', '').includes(id),
      )
      .map(({ disk }) => disk),
    serial: now.filter((disk) => disk.serial?.replaceAll('-', '') === id).map((disk) => disk.name),
    appeared: now
      .filter(({ name, size, sequence }) => {
        const old = known.get(name);
        return size > 0 && (old === undefined || old.size === 0 || old.sequence !== sequence);
      })
      .map((disk) => disk.name),
    given: names.given,
  };
}

/** A disk found, a reason to stop, or neither yet. */
export type Identification = { readonly disk: string } | { readonly disagree: string } | undefined;

/**
 * Weighs the signs. The disk must have appeared since the attachment, be named by at least one other sign, and
 * have the volume's size; signs that name different disks are a reason to stop, never to guess.
 * @param size bytes of the volume; unknown where the API does not tell.
 */
export function identifyDisk(
  evidence: DiskEvidence,
  size: number | undefined,
  now: readonly Disk[],
): Identification {
  const named = new Set([...evidence.name, ...evidence.byId, ...evidence.serial, ...(evidence.given ?? [])]);
  const [disk] = named;
  if (disk === undefined || evidence.given?.length === 0) return undefined;
  if (named.size > 1) return { disagree: `its names lead to different disks (${[...named].join(', ')})` };
  // A name may still be the one of a disk that just went; the kernel is given time to catch up.
  if (!evidence.appeared.includes(disk)) return undefined;
  const found = now.find((one) => one.name === disk);
  if (size !== undefined && found?.size !== size) {
    return { disagree: `${disk} has ${found?.size ?? 0} bytes where the volume has ${size}` };
  }
  return { disk };
}
