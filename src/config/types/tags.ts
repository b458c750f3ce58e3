import { map } from './collections.js';
import { matching, text } from './text.js';

const key = matching(/^.{1,255}$/s, { kind: 'a tag key', example: '1 to 255 characters' });

/** Tags of a resource (lengths: `ResourceTag`); values can be templates, so their length is known later. */
export const tags = map(key, text);

const variable = matching(/^[A-Za-z_]\w*$/, {
  kind: 'the name of a variable',
  example: 'letters, digits and _, no digit first',
});

/** Environment variables and their values. */
export const variables = map(variable, text);
