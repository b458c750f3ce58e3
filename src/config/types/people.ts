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
