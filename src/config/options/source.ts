import { group, option } from '../option.js';
import { matching } from '../types/text.js';

const image = matching(/^ami-\w+$/, { kind: 'the ID of an OMI', example: 'one such as ami-12345678' });

/** What a build starts from. */
export const source = group({
  source_omi: option(image, {
    text: 'OMI whose root snapshot the new volume is made from.',
    required: 'the ID of an OMI, such as ami-12345678',
  }),
});
