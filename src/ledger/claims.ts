import type { InjectedFile } from '../host/image/inject.js';
import type { ProcessIdentity } from '../host/proc/identity.js';
import type { InRegion } from './elsewhere.js';
import type { Registration, Sharing, Tag } from './registration.js';

/** The data that the undo of each kind of resource needs. See docs/reference/ledger.md. */
export interface Claims {
  /**
   * The mount point. `ours`: the build created it; `parents`: the directories above it that the build
   * created, the nearest first.
   */
  directory: { path: string; ours: boolean; parents?: string[] };
  /**
   * The mounts at a path of the VM and below it. `disk`: the kernel's name of the mounted disk; `sequence`:
   * its diskseq.
   */
  mounts: { path: string; disk: string; sequence?: string | undefined };
  /** A directory of links to the disk, which only this build uses. */
  names: { path: string };
  /**
   * The process that keeps the namespaces of the build. When it ends, the kernel ends every mount and process
   * in them.
   */
  namespace: { holder?: Identity };
  /** A BSU volume. Only its ClientToken is known until the API responds. */
  volume: Asked & { token: string; id?: string };
  /**
   * A volume linked to this VM. `disk` and `sequence`: the kernel's name and diskseq, once found; `after`:
   * the highest diskseq before the link was requested; `mounts`: its mounted partitions; `unlinked`: the API
   * has accepted the request to detach. Of a retained volume: `furnished`: what is in the image for scripts
   * only; `failed`: the script that failed.
   */
  attachment: Asked & {
    volume: string;
    device: string;
    disk?: string;
    sequence?: string | undefined;
    after?: number | undefined;
    mounts?: MountedPart[];
    furnished?: TemporaryContent;
    failed?: FailedScript;
    unlinked?: true;
  };
  /** A snapshot of the build's volume. */
  snapshot: Asked & InRegion & { token: string; volume?: string; id?: string };
  /** An OMI. CreateImage has no ClientToken: until the API responds, name and snapshot identify it. */
  image: Asked & InRegion & { name: string; snapshot: string; id?: string; ready?: true };
  /**
   * A copy of a source of another account, until it is available. Then it stays, and every build can use it.
   */
  copy: Asked & { name: string; note: string; id?: string; snapshots?: string[] };
  /**
   * An OMI that a new one of the same name replaces, with the data to register it again. `asked` is about its
   * deletion.
   */
  replaced: Asked &
    InRegion & {
      id: string;
      deleted?: true;
      snapshot: string;
      registration: Registration;
      shared?: Sharing;
      tags: Tag[];
    };
  /**
   * An export task of a snapshot or an OMI (`of`), and its objects in a bucket. `endpoint`: of the object
   * storage; `task`: its ID, once known; `isProduct`: whether outputs name the objects.
   */
  export: Asked & {
    of: string;
    bucket: string;
    prefix: string;
    format: 'qcow2' | 'raw';
    endpoint: string;
    task?: string;
    isProduct?: true;
  };
  /** Snapshots of a replaced OMI. They are deleted once the new OMI is final, and not before. */
  discarded: InRegion & { image: string; snapshots: string[] };
  /**
   * An older OMI of a family, and its snapshots, which are deleted once it is deregistered, and not before.
   * `asked` is about its deregistration.
   */
  expired: Asked & InRegion & { image: string; name: string; snapshots: string[]; deleted?: true };
}

/** A resource whose request to the API may have an unknown outcome. */
export interface Asked {
  /** The time of the last request (ISO 8601); null once its outcome is known; absent if it was never sent. */
  asked?: string | null;
}

/** A partition of the volume, and its mount point in the image. */
interface MountedPart {
  partition: string;
  target: string;
  options: readonly string[];
}

/** What build-omi has put into an image for the time in which scripts run. */
interface TemporaryContent {
  /** The injected files, with the data to restore what was there. */
  readonly loans: readonly InjectedFile[];
  /** Mount points that the build created. */
  readonly made: readonly string[];
}

/** A script that failed. */
interface FailedScript {
  /** Its index in `provisioners`, if that option is set. */
  readonly item: number;
  /** The names of its variables of the option `env`, not their values. */
  readonly env: readonly string[];
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
  export: product,
  discarded: inCloud,
  expired: inCloud,
};

/** Whether a resource is on the VM; all others are in the cloud. */
export const isLocal = (kind: Kind): boolean => kindTraits[kind].location === 'VM';

/** Whether a resource is a product of a build, or an OMI that a product replaces. */
export const isProduct = (kind: Kind): boolean => kindTraits[kind].isProduct;

/** Whether this version knows a kind. */
export const isKnown = (kind: string): boolean => Object.hasOwn(kindTraits, kind);

/** A resource that a build requested and has not released. `Ledger.update` adds to its `data`. */
export interface Claim<K extends Kind = Kind> {
  readonly number: number;
  readonly kind: K;
  readonly data: Claims[K];
}

/** A process, as ledgers record it. */
export type Identity = ProcessIdentity;
