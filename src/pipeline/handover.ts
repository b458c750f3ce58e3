import type { BuildConfig, HalfConfig } from '../config/options/table.js';
import type { Mounted } from '../host/chroot/mount-fstab.js';
import type { AttachedDisk } from '../steps/attach.js';
import type { BuildContext } from '../steps/check.js';
import type { PreparedChroot } from '../steps/chroot.js';
import type { FilledTexts } from '../steps/labels.js';
import type { SourceState } from '../steps/soundness.js';
import type { Source } from '../steps/source.js';
import type { BuildVolume } from '../steps/volume.js';

/** What `commit` has to know of what `mount` did: data in the ledger, never a secret. See docs/reference/ledger.md. */
export interface Handover {
  /** When the build began, ISO 8601: the time of its templates. */
  readonly startedAt: string;
  readonly context: BuildContext;
  readonly origin?: Source['origin'] | undefined;
  readonly volume: BuildVolume;
  readonly disk: AttachedDisk;
  /** The state of its filesystems before anything was written. */
  readonly before?: SourceState;
  /** Where the root is mounted. */
  readonly path: string;
  readonly mounted: readonly Mounted[];
  readonly chrootState: Pick<PreparedChroot, 'injectedFiles' | 'made' | 'mounts'>;
  /** Templates that were given to `mount`, filled in. */
  readonly texts: FilledTexts;
  /** The other options of the OMI that were given to it. */
  readonly image: Partial<BuildConfig['image']>;
  readonly limits: HalfConfig['limits'];
}

/** A handover with the names that version 1 of the ledger has for its parts. */
interface StoredHandover extends Omit<Handover, 'context' | 'chrootState'> {
  readonly ground: BuildContext;
  readonly furnished: Pick<PreparedChroot, 'made' | 'mounts'> & {
    readonly loans: PreparedChroot['injectedFiles'];
  };
}

/** A handover as the ledger stores it. */
export function storedHandover({ context, chrootState, ...rest }: Handover): StoredHandover {
  const { injectedFiles: loans, made, mounts } = chrootState;
  return { ...rest, ground: context, furnished: { loans, made, mounts } };
}

/** The handover that a ledger stores; undefined if `mount` did not write it. */
export function handoverFrom(stored: object | undefined): Handover | undefined {
  if (!isStored(stored)) return undefined;
  const { ground: context, furnished, ...rest } = stored;
  const { loans: injectedFiles, made, mounts } = furnished;
  return { ...rest, context, chrootState: { injectedFiles, made, mounts } };
}

/** The ledger is the user's own, and its header names its version, so the presence of the parts is enough. */
const isStored = (value: object | undefined): value is StoredHandover =>
  value !== undefined &&
  ['startedAt', 'ground', 'volume', 'disk', 'path', 'furnished'].every((key) => key in value);
