import { group, option } from '../option.js';
import { omiName } from '../types/omi-name.js';
import { tags } from '../types/tags.js';
import { text } from '../types/text.js';

/** The OMI that comes out. */
export const image = group({
  omi_name: option(omiName, {
    text: 'Name of the new OMI: 3 to 128 letters, digits, blanks and `_ ( ) / . -`. It must be free in the account.',
    required: 'the name of the new OMI',
    template: true,
  }),
  omi_description: option(text, { text: 'Description of the new OMI.', otherwise: 'empty', template: true }),
  tags: option(tags, {
    text: 'Tags of the new OMI and its snapshot.',
    default: {},
    otherwise: 'none',
    template: true,
  }),
});
