import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { matching, readText } from './text.js';

export const accountId = matching(/^\d{12}$/, {
  kind: 'an account ID',
  example: 'the 12 digits of an account',
});

/** The only group that OMIs and snapshots can be shared with: every account. */
export const everyAccount: Type<'all'> = {
  name: '`all`',
  placeholder: 'all',
  read(value) {
    const written = readText(value);
    return written === 'all' ? written : refuse('is not a group', 'write all, the only group', written);
  },
};

/** The only virtualization type that Outscale supports. */
export const virtualization: Type<'hvm'> = {
  name: '`hvm`',
  placeholder: 'hvm',
  read(value) {
    const written = readText(value);
    return written === 'hvm'
      ? written
      : refuse('is not supported', 'write hvm, the only virtualization type', written);
  },
};

const rule = 'write 3 to 128 letters, digits, spaces or _ ( ) / . -';

/**
 * The name of an OMI (constraints: `ImageName` of `CreateImageRequest`). Of a template, only the text outside
 * the braces is checked here.
 */
export const omiName: Type<string> = {
  name: 'text',
  placeholder: 'name',
  read(value) {
    const written = readText(value);
    const fixed = written.replaceAll(/\{\{.*?\}\}/gs, '');
    if (!/^[\w ()/.-]*$/.test(fixed))
      refuse('has characters that are not allowed in an OMI name', rule, written);
    if (fixed === written && (written.length < 3 || written.length > 128))
      refuse(`is ${written.length} characters long`, rule, written);
    return written;
  },
};
