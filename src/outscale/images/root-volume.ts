import { BuildError } from '../../common/errors.js';
import type { BsuToCreate } from '../api.js';

/** The options on the root volume. */
export interface WantedVolume {
  /** GiB. */
  readonly root_volume_size: number | undefined;
  readonly root_volume_type: string | undefined;
  readonly root_volume_iops: number | undefined;
}

/** What to make the root volume with; GiB. */
export interface VolumePlan {
  readonly SnapshotId?: string;
  readonly Size?: number;
  readonly VolumeType?: string;
  readonly Iops?: number;
}

/**
 * The root volume by its options and what the source maps as its root.
 * @param source undefined from scratch.
 * @throws BuildError for a volume that cannot be.
 */
export function planVolume(wanted: WantedVolume, source: BsuToCreate | undefined): VolumePlan {
  const size = wanted.root_volume_size;
  if (source?.VolumeSize !== undefined && size !== undefined && size < source.VolumeSize) {
    throw new BuildError(
      `root_volume_size: ${size} GiB is less than the ${source.VolumeSize} GiB of the source`,
      {
        hint: `Write ${source.VolumeSize} or more; a disk cannot be made smaller.`,
      },
    );
  }
  const type = wanted.root_volume_type ?? (source === undefined ? 'gp2' : source.VolumeType);
  if (wanted.root_volume_type === 'io1' && source?.VolumeType !== 'io1') {
    throw new BuildError(
      source === undefined
        ? 'root_volume_type: io1 cannot be had from scratch'
        : `root_volume_type: io1 needs a source of type io1, and this one is ${source.VolumeType ?? 'of another type'}`,
      { hint: 'Write gp2 or standard.' },
    );
  }
  if (wanted.root_volume_iops !== undefined && type !== 'io1') {
    throw new BuildError('root_volume_iops: only a volume of type io1 takes it', {
      hint: `The root volume is of type ${type ?? 'standard'}.`,
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

/** Whether a volume is asked for that is larger than the root of its source; where the API does not tell, it may be. */
export const isLarger = (
  { root_volume_size: wanted }: Pick<WantedVolume, 'root_volume_size'>,
  { VolumeSize = 0 }: BsuToCreate,
): boolean => wanted !== undefined && wanted > VolumeSize;
