import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { anyScalar, readText } from './text.js';

function isValid(expression: string): boolean {
  try {
    return RegExp(expression).source !== '';
  } catch {
    return false;
  }
}

/** A regular expression of JavaScript, as text. */
export const regularExpression: Type<string> = {
  name: 'regular expression',
  placeholder: 'regex',
  schema: anyScalar,
  read(value) {
    const written = readText(value);
    if (written === '') return refuse('is empty', 'write a regular expression');
    return isValid(written)
      ? written
      : refuse('is not a regular expression', String.raw`write one such as login:\s*$`, written);
  },
};
