import type { BuildConfig, HalfConfig } from '../config/options/table.js';
import type { Mounted } from '../host/chroot/mount-fstab.js';
import type { AttachedDisk } from '../steps/attach.js';
import type { BuildContext } from '../steps/build-context.js';
import type { PreparedChroot } from '../steps/chroot.js';
import type { FilledTexts } from '../steps/labels.js';
import type { SourceContent } from '../steps/quality/inspect.js';
import type { SourceState } from '../steps/soundness.js';
import type { Source } from '../steps/source.js';
import type { BuildVolume } from '../steps/volume.js';

/**
 * The data that `mount` passes to `commit` through the ledger, without secrets. See docs/reference/ledger.md.
 */
export interface Handover {
  /** When the build started (ISO 8601), for its templates. */
  readonly startedAt: string;
  readonly context: BuildContext;
  readonly origin?: Source['origin'] | undefined;
  readonly volume: BuildVolume;
  readonly disk: AttachedDisk;
  /** The state of its filesystems before the first write. */
  readonly before?: SourceState;
  /** The mount point of the root filesystem. */
  readonly path: string;
  readonly mounted: readonly Mounted[];
  readonly chrootState: Pick<PreparedChroot, 'injectedFiles' | 'made' | 'mounts'>;
  /** What was in the image before its provisioning. */
  readonly content?: SourceContent;
  /** The rendered texts of the options that `mount` was given. */
  readonly texts: FilledTexts;
  /** The other options of the OMI that `mount` was given. */
  readonly image: Partial<BuildConfig['image']>;
  readonly limits: HalfConfig['limits'];
  /** The options of `mount` that shaped the image, for the manifest. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A handover with the property names of ledger version 1. */
interface StoredHandover extends Omit<Handover, 'context' | 'chrootState'> {
  readonly ground: BuildContext;
  readonly furnished: Pick<PreparedChroot, 'made' | 'mounts'> & {
    readonly loans: PreparedChroot['injectedFiles'];
  };
}

/** Maximum characters of the content of an image in the ledger, which is limited to 1 MiB. */
const contentLimit = 256 * 1024;

/** Converts a handover to the form that the ledger stores. It leaves out a content that is too long. */
export function storedHandover({ context, chrootState, content, ...others }: Handover): StoredHandover {
  const isShort = content !== undefined && JSON.stringify(content).length <= contentLimit;
  const rest = isShort ? { ...others, content } : others;
  const { injectedFiles: loans, made, mounts } = chrootState;
  return { ...rest, ground: context, furnished: { loans, made, mounts } };
}

/** Converts a stored handover back; undefined if `mount` did not write it. */
export function handoverFrom(stored: object | undefined): Handover | undefined {
  if (!isStored(stored)) return undefined;
  const { ground: context, furnished, ...rest } = stored;
  const { loans: injectedFiles, made, mounts } = furnished;
  return { ...rest, context, chrootState: { injectedFiles, made, mounts } };
}

/**
 * The ledger belongs to the same user, and its header names its version, so checking for the properties
 * suffices.
 */
const isStored = (value: object | undefined): value is StoredHandover =>
  value !== undefined &&
  ['startedAt', 'ground', 'volume', 'disk', 'path', 'furnished'].every((key) => key in value);
