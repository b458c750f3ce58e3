import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

/** A key or token: one word. What is wrong with it is said without showing it. */
export const secret: Type<string> = {
  name: 'text',
  placeholder: 'text',
  read(value) {
    const written = readText(value);
    return /^\S+$/.test(written) ? written : refuse('has white space in it', 'copy it again, without blanks');
  },
};
