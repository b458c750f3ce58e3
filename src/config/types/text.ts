import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';

const what = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : value instanceof Map ? 'a map' : 'nothing';

/** Text as it was written, down to the last blank. A zero byte fits into no argument and no file name. @throws Refused */
export function readText(value: unknown): string {
  if (typeof value !== 'string') return refuse(`is ${what(value)} where text is wanted`, 'write text');
  return value.includes('\0') ? refuse('has a zero byte in it', 'take it out') : value;
}

/** A scalar of YAML is text here, whatever else it may look like. */
export const anyScalar = { type: ['string', 'number', 'boolean', 'null'] };

export const text: Type<string> = { name: 'text', placeholder: 'text', read: readText };

/** What a text must be: `kind` ends the sentence "… is not", `example` the sentence "write …". */
export interface Shape {
  readonly kind: string;
  readonly example: string;
  readonly placeholder?: string;
}

/** Text that matches a pattern. */
export function matching(pattern: RegExp, { kind, example, placeholder = 'text' }: Shape): Type<string> {
  return {
    name: 'text',
    placeholder,
    schema: { ...anyScalar, ...(pattern.flags === '' ? { pattern: pattern.source } : {}) },
    read(value) {
      const written = readText(value);
      return pattern.test(written) ? written : refuse(`is not ${kind}`, `write ${example}`, written);
    },
  };
}

/** One of a few words, as they are written here. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Type<Word> {
  return {
    name: words.map((word) => `\`${word}\``).join(', '),
    placeholder: words.join('|'),
    schema: { enum: words },
    read(value) {
      const written = readText(value);
      const found = words.find((word) => word === written);
      return found ?? refuse('is none of the values it can have', `write ${words.join(', ')}`, written);
    },
  };
}

/** A key or token: one word. What is wrong with it is said without showing it. */
export const secret: Type<string> = {
  name: 'text',
  placeholder: 'text',
  read(value) {
    const written = readText(value);
    return /^\S+$/.test(written) ? written : refuse('has white space in it', 'copy it again, without blanks');
  },
};
