import { group, option } from '../kit/option.js';
import { sourceFilter } from '../types/filter.js';
import { boolean } from '../types/scalars.js';
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
  from_scratch: option(boolean, {
    text: 'Start from an empty volume instead of a source OMI. Requires `root-volume-size`, `root-device-name`, `pre-mount-commands` and `omi-block-device-mappings`.',
    default: false,
  }),
});
