import { group, option } from '../kit/option.js';
import { age } from '../types/duration.js';
import { boolean } from '../types/scalars.js';
import { matching } from '../types/text.js';

const build = matching(/^[0-9a-f]{12}$/, {
  kind: 'a build ID',
  example: 'its 12 hexadecimal digits',
});

/** Options of `sweep` alone; it also has those of `access`. */
export const sweep = group({
  yes: option(boolean, {
    text: 'Delete the listed resources. Without it, `sweep` only lists them.',
    default: false,
  }),
  older_than: option(age, {
    text: 'Minimum age of a resource in the account that only its ownership tags identify as orphaned.',
    default: 24 * 3_600_000,
    otherwise: '`24h`',
  }),
  source_copies: option(age, {
    text: 'Also delete copies of source OMIs of other accounts that no build has used for this long.',
    otherwise: 'the copies are kept',
  }),
  cache: option(boolean, {
    text: 'Empty the caches of builds on this VM and remove the images that they downloaded, and do nothing else. Needs no keys. Root does so for all users.',
    default: false,
  }),
  build_id: option(build, {
    text: 'Only resources of this build, including those it still retains.',
    otherwise: 'all builds',
  }),
});
