import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { matching, readText } from './text.js';

export const accountId = matching(/^\d{12}$/, { kind: 'an account ID', example: 'its 12 digits' });

/** The only group that can be shared with. */
export const everybody: Type<'all'> = {
  name: '`all`',
  placeholder: 'all',
  read(value) {
    const written = readText(value);
    return written === 'all' ? written : refuse('is no group', 'write all, the only one there is', written);
  },
};

/** The only virtualization that Outscale has. */
export const virtualization: Type<'hvm'> = {
  name: '`hvm`',
  placeholder: 'hvm',
  read(value) {
    const written = readText(value);
    return written === 'hvm' ? written : refuse('is not to be had', 'Outscale has only hvm', written);
  },
};

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
