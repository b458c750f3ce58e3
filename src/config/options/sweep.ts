import { group, option } from '../kit/option.js';
import { age } from '../types/duration.js';
import { boolean } from '../types/scalars.js';
import { matching } from '../types/text.js';

const build = matching(/^[0-9a-f]{12}$/, {
  kind: 'the ID of a build',
  example: 'its twelve hexadecimal digits',
});

/** What `sweep` is asked to do, besides how account and VM are reached. */
export const sweep = group({
  yes: option(boolean, { text: 'Remove what is listed.', default: false }),
  older_than: option(age, {
    text: 'How old a thing in the account must be, where nothing but its marks tells that its build is dead.',
    default: 24 * 3_600_000,
    otherwise: '`24h`',
  }),
  source_copies: option(age, {
    text: 'Remove also the copies of foreign sources that no build has used for so long.',
    otherwise: 'they stay',
  }),
  build_id: option(build, {
    text: 'Only what this build left, also what it keeps still.',
    otherwise: 'every build',
  }),
});
