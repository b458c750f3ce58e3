import { group, option } from '../kit/option.js';
import { sourceFilter } from '../types/filter.js';
import { boolean } from '../types/scalars.js';
import { imageLocation, sha256 } from '../types/source-image.js';
import { matching } from '../types/text.js';

const image = matching(/^ami-\w+$/, { kind: 'an OMI ID', example: 'one such as ami-12345678' });

/** The source of a build. */
export const source = group({
  source_omi: option(image, {
    text: 'ID of the source OMI. The root volume is created from its root snapshot.',
  }),
  source_omi_filter: option(sourceFilter, {
    text: 'Selects the source OMI by a map of `filters` (`image-name`, `architecture`, `tag:KEY` and other EC2 filter names, or API names such as `ImageNames`; `*` and `?` are wildcards), `owners` (required: account IDs, `self`, aliases such as `Outscale`) and `most_recent`. Exactly one OMI must match, unless `most_recent` is true. If `source-omi` is also set, that OMI must match.',
    otherwise: 'none',
    commands: ['build', 'mount', 'find'],
  }),
  source_image: option(imageLocation, {
    text: 'Disk image to start from instead of a source OMI: a path, or an https URL. Raw or qcow2, optionally compressed with xz, gzip or zstd.',
    otherwise: 'none',
  }),
  source_image_sha256: option(sha256, {
    text: 'SHA-256 checksum of the file of `source-image` as it is downloaded. Required for a URL.',
    otherwise: 'none',
  }),
  from_scratch: option(boolean, {
    text: 'Start from an empty volume instead of a source OMI. Requires `root-volume-size`, `root-device-name`, `pre-mount-commands` and `omi-block-device-mappings`.',
    default: false,
  }),
});
