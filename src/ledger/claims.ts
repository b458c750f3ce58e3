import type { ProcessIdentity } from '../host/proc/identity.js';

/** What undo needs to know of each kind of thing that a build can leave behind. See docs/reference/ledger.md. */
export interface Claims {
  /** The mount point; `ours` if the build made it, `parents` what it made above it, the nearest first. */
  directory: { path: string; ours: boolean; parents?: string[] };
  /** What is mounted at a path of the VM or below it; `disk` is the kernel's name of the disk it is from, `sequence` its diskseq. */
  mounts: { path: string; disk: string; sequence?: string | undefined };
  /** A folder of links to the disk, which is the build's alone. */
  names: { path: string };
  /** The process that holds the build's namespaces; its end ends every mount and process in them. */
  namespace: { holder?: Identity };
  /** A BSU volume. Until the API has answered only its ClientToken is known. */
  volume: Asked & { token: string; id?: string };
  /**
   * A volume linked to this VM; `disk` is the kernel's name for it and `sequence` its diskseq, once found; `after` is the
   * highest diskseq before the link was requested; `mounts` is what of it was mounted.
   */
  attachment: Asked & {
    volume: string;
    device: string;
    disk?: string;
    sequence?: string | undefined;
    after?: number | undefined;
    mounts?: MountedPart[];
  };
  /** A snapshot of the build's volume. */
  snapshot: Asked & { token: string; volume?: string; id?: string };
  /** An OMI. CreateImage has no ClientToken: until the API has answered it is known by its name and snapshot. */
  image: Asked & { name: string; snapshot: string; id?: string; ready?: true };
  /** The copy of a foreign source that is being made, until it is available: then it stays, for every build. */
  copy: Asked & { name: string; note: string; id?: string; snapshots?: string[] };
  /** An OMI that makes way for a new one of its name, with all that it takes to register it again. `asked` is of its deletion. */
  replaced: Asked & {
    id: string;
    deleted?: true;
    snapshot: string;
    registration: Registration;
    shared?: Sharing;
    tags: Tag[];
  };
  /** Snapshots of a replaced OMI, which go once the new OMI is kept, and not before. */
  discarded: { image: string; snapshots: string[] };
}

/** Something the API was asked for by a request whose outcome may be unknown. */
export interface Asked {
  /** When the request was last sent (ISO 8601); null once its outcome is known. Absent if it was never sent. */
  asked?: string | null;
}

/** A partition of the volume, and where in the image it was mounted. */
interface MountedPart {
  partition: string;
  target: string;
  options: readonly string[];
}

/** What an OMI is registered with: as much of schema `CreateImageRequest` as an answer tells of one. */
interface Registration {
  ImageName: string;
  RootDeviceName: string;
  BlockDeviceMappings: {
    DeviceName?: string | undefined;
    VirtualDeviceName?: string | undefined;
    Bsu?:
      | {
          DeleteOnVmDeletion?: boolean | undefined;
          Iops?: number | undefined;
          SnapshotId?: string | undefined;
          VolumeSize?: number | undefined;
          VolumeType?: string | undefined;
        }
      | undefined;
  }[];
  Description?: string | undefined;
  Architecture?: string | undefined;
  BootModes?: ('uefi' | 'legacy')[] | undefined;
  ProductCodes?: string[] | undefined;
  TpmMandatory?: boolean | undefined;
}

/** Who may use something besides its owner (schema `PermissionsOnResource`). */
interface Sharing {
  AccountIds?: string[] | undefined;
  GlobalPermission?: boolean | undefined;
}

interface Tag {
  Key: string;
  Value: string;
}

export type Kind = keyof Claims;

/** What the ledger needs to know of a kind. What cleanup needs to know: see cleanup/kinds.ts. */
interface KindTraits {
  readonly location: 'VM' | 'cloud';
  /** Whether it is a product of a build, or an OMI that a product replaces. */
  readonly isProduct: boolean;
}

const onVm: KindTraits = { location: 'VM', isProduct: false };
const inCloud: KindTraits = { location: 'cloud', isProduct: false };
const product: KindTraits = { location: 'cloud', isProduct: true };

const kindTraits: { readonly [K in Kind]: KindTraits } = {
  directory: onVm,
  mounts: onVm,
  names: onVm,
  namespace: onVm,
  volume: inCloud,
  attachment: inCloud,
  snapshot: product,
  image: product,
  copy: inCloud,
  replaced: product,
  discarded: inCloud,
};

/** Whether a resource is on the VM; all others are in the cloud. */
export const isLocal = (kind: Kind): boolean => kindTraits[kind].location === 'VM';

/** Whether a resource is a product of a build, or an OMI that a product replaces. */
export const isProduct = (kind: Kind): boolean => kindTraits[kind].isProduct;

/** Whether this version knows a kind. */
export const isKnown = (kind: string): boolean => Object.hasOwn(kindTraits, kind);

/** Something asked for and not yet put away. What is learned of it is added to its `data`. */
export interface Claim<K extends Kind = Kind> {
  readonly number: number;
  readonly kind: K;
  readonly data: Claims[K];
}

/** A process, as ledgers record it. */
export type Identity = ProcessIdentity;
