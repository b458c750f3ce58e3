import { BuildError } from '../../common/errors.js';
import type { BsuToCreate } from '../api.js';

/** The options of the root volume. */
export interface WantedVolume {
  /** GiB. */
  readonly root_volume_size: number | undefined;
  readonly root_volume_type: string | undefined;
  readonly root_volume_iops: number | undefined;
}

/** The parameters of the root volume; sizes in GiB. */
export interface VolumePlan {
  readonly SnapshotId?: string;
  readonly Size?: number;
  readonly VolumeType?: string;
  readonly Iops?: number;
}

/**
 * Combines the options of the root volume with the root device mapping of the source.
 * @param source undefined for a build from scratch.
 * @throws BuildError for an invalid combination.
 */
export function planVolume(wanted: WantedVolume, source: BsuToCreate | undefined): VolumePlan {
  const size = wanted.root_volume_size;
  if (source?.VolumeSize !== undefined && size !== undefined && size < source.VolumeSize) {
    throw new BuildError(
      `root_volume_size: ${size} GiB is less than the ${source.VolumeSize} GiB of the source`,
      {
        hint: `Set it to ${source.VolumeSize} or more. A volume cannot shrink.`,
      },
    );
  }
  const type = wanted.root_volume_type ?? (source === undefined ? 'gp2' : source.VolumeType);
  if (wanted.root_volume_type === 'io1' && source?.VolumeType !== 'io1') {
    throw new BuildError(
      source === undefined
        ? 'root_volume_type: io1 is not supported for a build from scratch'
        : `root_volume_type: io1 needs a source of type io1; this source has type ${source.VolumeType ?? 'unknown'}`,
      { hint: 'Set it to gp2 or standard.' },
    );
  }
  if (wanted.root_volume_iops !== undefined && type !== 'io1') {
    throw new BuildError('root_volume_iops: only valid for volumes of type io1', {
      hint: `Remove it. The root volume has type ${type ?? 'standard'}.`,
    });
  }
  const iops = type === 'io1' ? (wanted.root_volume_iops ?? source?.Iops) : undefined;
  return {
    ...(source?.SnapshotId === undefined ? {} : { SnapshotId: source.SnapshotId }),
    ...(size === undefined
      ? source?.VolumeSize === undefined
        ? {}
        : { Size: source.VolumeSize }
      : { Size: size }),
    ...(type === undefined ? {} : { VolumeType: type }),
    ...(iops === undefined ? {} : { Iops: iops }),
  };
}

/**
 * Whether the requested volume is larger than the root of the source; true if the API does not return that
 * size.
 */
export const isLarger = (
  { root_volume_size: wanted }: Pick<WantedVolume, 'root_volume_size'>,
  { VolumeSize = 0 }: BsuToCreate,
): boolean => wanted !== undefined && wanted > VolumeSize;
