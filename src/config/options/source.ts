import { group, option } from '../kit/option.js';
import { sourceFilter } from '../types/filter.js';
import { boolean } from '../types/scalars.js';
import { matching } from '../types/text.js';

const image = matching(/^ami-\w+$/, { kind: 'the ID of an OMI', example: 'one such as ami-12345678' });

/** What a build starts from. */
export const source = group({
  source_omi: option(image, { text: 'OMI whose root snapshot the new volume is made from.' }),
  source_omi_filter: option(sourceFilter, {
    text: 'Finds the OMI: `filters` (`image-name`, `architecture`, `tag:KEY` and other names of EC2, or those of the API such as `ImageNames`; `*` and `?` are wildcards), `owners` (required: account IDs, `self`, aliases such as `Outscale`), `most_recent`. Exactly one may match, or `most_recent` is set. With `source-omi`, that one must match.',
    otherwise: 'none',
  }),
  from_scratch: option(boolean, {
    text: 'Start from an empty volume. Then `root-volume-size`, `root-device-name`, `pre-mount-commands` and `omi-block-device-mappings` are required, and no source can be given.',
    default: false,
  }),
});
