import { group, option } from '../kit/option.js';
import { tags } from '../types/collections.js';
import { iops, volumeSize, volumeType } from '../types/devices.js';
import { boolean } from '../types/scalars.js';

/** The root volume. */
export const volume = group({
  root_volume_size: option(volumeSize, {
    text: "Size of the root volume in GiB. It cannot be smaller than the source's.",
    otherwise: "the source's",
  }),
  grow_root: option(boolean, {
    text: 'Whether partition and filesystem of the root grow with a volume that is larger than the source.',
    default: true,
  }),
  root_volume_type: option(volumeType, {
    text: "Type of the root volume; `io1` only if the source's is `io1`.",
    otherwise: "the source's",
  }),
  root_volume_iops: option(iops, {
    text: 'I/O operations a second of the root volume; only with `io1`.',
    otherwise: "the source's",
  }),
  root_volume_tags: option(tags, {
    text: 'Tags of the root volume.',
    default: {},
    otherwise: 'none',
    template: true,
  }),
});
