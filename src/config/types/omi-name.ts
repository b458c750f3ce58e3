import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

const rule = 'write 3 to 128 of letters, digits, blanks and _ ( ) / . -';

/**
 * The name of an OMI (constraints: `ImageName` of `CreateImageRequest`). Of a template only what stands outside
 * the braces can be judged yet.
 */
export const omiName: Type<string> = {
  name: 'text',
  placeholder: 'name',
  read(value) {
    const written = readText(value);
    const fixed = written.replaceAll(/\{\{.*?\}\}/gs, '');
    if (!/^[\w ()/.-]*$/.test(fixed)) refuse('has characters that a name cannot have', rule, written);
    if (fixed === written && (written.length < 3 || written.length > 128))
      refuse(`is ${written.length} characters long`, rule, written);
    return written;
  },
};
