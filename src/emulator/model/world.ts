import { randomBytes } from 'node:crypto';

/*
 * The stored state of the emulator as plain data. Times are milliseconds since 1970. States such as
 * `creating` or `attached` are not stored: states.ts derives them from these times, the latencies and the
 * completed jobs.
 */

export interface Permissions {
  accountIds: string[];
  global: boolean;
}

interface Owned {
  readonly id: string;
  readonly account: string;
  readonly created: number;
  readonly tags: Record<string, string>;
}

export interface StoredLink {
  readonly device: string;
  /** ID of the VM; this VM by default. */
  readonly vm?: string;
  readonly since: number;
  readonly deleteOnVmDeletion: boolean;
  /** The VM's own root disk: always attached, without a loop device. */
  readonly root?: boolean;
  /** When the loop device and its links were created. */
  attached?: number;
  /** When the caller requested the detachment. */
  unlinked?: number;
}

/** Identifies a repeated request with the same `ClientToken`. */
export interface Idempotency {
  readonly token: string;
  readonly asked: string;
}

export interface StoredVolume extends Owned {
  size: number;
  type: string;
  iops?: number;
  readonly subregion: string;
  readonly snapshot?: string;
  readonly once?: Idempotency;
  /** When its file was complete. */
  made?: number;
  failed?: string;
  deleted?: number;
  link?: StoredLink;
}

/** Origin of a snapshot's bytes; `bytes` is the size in the request. */
export type SnapshotSource =
  | { readonly volume: string }
  | { readonly snapshot: string }
  | { readonly location: string; readonly bytes: number };

export interface StoredSnapshot extends Owned {
  readonly source: SnapshotSource;
  readonly size: number;
  readonly description: string;
  /** Milliseconds before its bytes are copied. */
  readonly duration: number;
  readonly permissions: Permissions;
  readonly once?: Idempotency;
  made?: number;
  failed?: string;
  deleted?: number;
}

export interface StoredMapping {
  readonly device: string;
  readonly virtualName?: string;
  readonly snapshot?: string;
  readonly size?: number;
  readonly type?: string;
  readonly iops?: number;
  readonly deleteOnVmDeletion?: boolean;
}

export interface StoredImage extends Owned {
  readonly name: string;
  readonly architecture: string;
  readonly mappings: readonly StoredMapping[];
  readonly rootDevice: string;
  readonly bootModes: readonly ('uefi' | 'legacy')[];
  readonly tpmMandatory: boolean;
  readonly permissions: Permissions;
  /** Snapshots being copied for it; it is `pending` until they are completed. */
  readonly copies: readonly string[];
  description: string;
  productCodes: readonly string[];
}

/** A bucket of the object storage; its objects are files. */
interface StoredBucket {
  readonly account: string;
  readonly created: number;
}

/** An export task of a snapshot (`snap-export-…`) or an OMI (`image-export-…`). */
export interface StoredExport extends Owned {
  /** The ID of the snapshot or the OMI. */
  readonly of: string;
  readonly format: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Milliseconds before its objects are written. */
  readonly duration: number;
  made?: number;
  failed?: string;
  cancelled?: number;
}

export interface StoredVm extends Owned {
  readonly subregion: string;
  readonly image: string;
}

export interface World {
  readonly version: 1;
  readonly vm: StoredVm;
  readonly volumes: Record<string, StoredVolume>;
  readonly snapshots: Record<string, StoredSnapshot>;
  readonly images: Record<string, StoredImage>;
  readonly buckets: Record<string, StoredBucket>;
  readonly exports: Record<string, StoredExport>;
}

/** An ID in the API's format, `vol-12345678`. */
export const newId = (prefix: string): string => `${prefix}-${randomBytes(4).toString('hex')}`;

const GiB = 2 ** 30;
export const bytesOf = (gib: number): number => gib * GiB;
export const gibOf = (bytes: number): number => Math.ceil(bytes / GiB);

/** A world that contains only one VM and its root volume. */
export function newWorld(vmId: string, account: string, subregion: string, now: number): World {
  const owned = { account, created: now };
  const root: StoredVolume = {
    ...owned,
    tags: {},
    id: newId('vol'),
    size: 10,
    type: 'gp2',
    subregion,
    made: now,
    link: { device: '/dev/sda1', since: now, deleteOnVmDeletion: true, root: true, attached: now },
  };
  return {
    version: 1,
    vm: { ...owned, tags: {}, id: vmId, subregion, image: newId('ami') },
    volumes: { [root.id]: root },
    snapshots: {},
    images: {},
    buckets: {},
    exports: {},
  };
}
