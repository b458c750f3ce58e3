import { group, option } from '../kit/option.js';
import { tags } from '../types/collections.js';
import { iops, volumeSize, volumeType } from '../types/devices.js';
import { boolean } from '../types/scalars.js';
import { buildData } from './template-data.js';

/** The root volume. */
export const volume = group({
  root_volume_size: option(volumeSize, {
    text: 'Size of the root volume in GiB. It must not be smaller than the root snapshot of the source.',
    otherwise: 'same as the source',
  }),
  grow_root: option(boolean, {
    text: 'Grow the root partition and filesystem to fill the volume.',
    default: true,
  }),
  root_volume_type: option(volumeType, {
    text: 'Type of the root volume. `io1` requires a source of type `io1`.',
    otherwise: 'same as the source',
  }),
  root_volume_iops: option(iops, {
    text: 'I/O operations per second (IOPS) of the root volume. Only for type `io1`.',
    otherwise: 'same as the source',
  }),
  root_volume_tags: option(tags, {
    text: 'Tags of the root volume.',
    default: {},
    otherwise: 'none',
    template: buildData,
  }),
});
