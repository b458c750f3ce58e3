import { group, option } from '../kit/option.js';
import { age } from '../types/duration.js';
import { wholeNumber } from '../types/scalars.js';
import { matching } from '../types/text.js';

/** A tag value without the characters that an API filter takes as wildcards. */
const familyName = matching(/^(?=.{1,255}$)[\w()/.:@+-]+( [\w()/.:@+-]+)*$/, {
  kind: 'a family',
  example: 'letters, digits, single spaces or _ ( ) / . : @ + -, such as web-server',
});

/** Which OMIs belong together, and how many of them stay. */
export const retention = group({
  family: option(familyName, {
    text: 'Name that the new OMI has in common with later ones. It is stored as the tag `build-omi:family`.',
    otherwise: 'none',
    commands: ['build', 'mount', 'commit', 'find', 'prune'],
  }),
  retain_last: option(wholeNumber({ min: 1, max: 1000, unit: 'OMIs' }), {
    text: 'How many OMIs of the `family` to keep, the new one included. Older ones and their snapshots are deleted after the build, except those that are in use, shared, tagged `build-omi:keep`, or whose snapshot another OMI maps.',
    otherwise: 'all',
    commands: ['build', 'mount', 'commit', 'prune'],
  }),
  retain_for: option(age, {
    text: 'How long to keep older OMIs of the `family`, such as `30d`. With `retain-last` as well, an OMI is deleted only if neither keeps it.',
    otherwise: 'no limit',
    commands: ['build', 'mount', 'commit', 'prune'],
  }),
});
