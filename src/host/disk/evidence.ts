import type { Disk, Names } from './block-devices.js';
import { apiName, suffixOf } from './device-names.js';

/** The kernel's names of the disks that each kind of evidence points to. */
export interface DiskEvidence {
  /** Disks that /dev/xvdb or /dev/sdb resolves to. */
  readonly name: readonly string[];
  /** A link below /dev/disk/by-id that ends with the name or holds the volume's ID. */
  readonly byId: readonly string[];
  /** A disk whose serial is the volume's ID. */
  readonly serial: readonly string[];
  /** Disks that are new, were empty or were replaced since before the attachment. */
  readonly appeared: readonly string[];
  /** The disk of `nvme_device_path`; undefined when the option is not set. */
  readonly given: readonly string[] | undefined;
}

/**
 * Collects the evidence for a volume attached under `device`, compared with the disks that were there
 * `before`.
 */
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
  // Where disks have links that carry the API's names, the kernel assigns /dev/sdX in order of appearance.
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

/** The disk, a contradiction, or undefined while the evidence is insufficient. */
export type Identification = { readonly disk: string } | { readonly disagree: string } | undefined;

/**
 * Identifies the disk. It must have appeared since the attachment, at least one other kind of evidence must
 * name it, and it must have the size of the volume. Evidence for different disks is a contradiction.
 * @param size bytes of the volume; undefined when the API does not report it.
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
  // The name may still be that of a disk that was just detached: wait for the kernel.
  if (!evidence.appeared.includes(disk)) return undefined;
  const found = now.find((one) => one.name === disk);
  if (size !== undefined && found?.size !== size) {
    return { disagree: `${disk} has ${found?.size ?? 0} bytes where the volume has ${size}` };
  }
  return { disk };
}
