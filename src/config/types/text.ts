import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : value instanceof Map ? 'a map' : 'empty';

/**
 * Text, verbatim. A NUL byte is invalid because arguments and file names cannot contain it.
 * @throws InvalidValueError
 */
export function readText(value: unknown): string {
  if (typeof value !== 'string') return refuse(`is ${kindOf(value)}, not text`, 'write text');
  return value.includes('\0') ? refuse('has a NUL byte', 'remove it') : value;
}

/** JSON Schema of text: any YAML scalar is read as text. */
export const anyScalar = { type: ['string', 'number', 'boolean', 'null'] };

export const text: Type<string> = { name: 'text', placeholder: 'text', read: readText };

/** The form of a text: `kind` ends the message "… is not", `example` ends the hint "write …". */
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

/** One of several values, case-sensitive. */
export function oneOf<const Value extends string>(...values: readonly Value[]): Type<Value> {
  return {
    name: values.map((value) => `\`${value}\``).join(', '),
    placeholder: values.join('|'),
    schema: { enum: values },
    read(value) {
      const written = readText(value);
      const found = values.find((one) => one === written);
      return found ?? refuse('is not valid', `must be one of: ${values.join(', ')}`, written);
    },
  };
}

/** A key or token without white space. Its messages never contain the value. */
export const secret: Type<string> = {
  name: 'text',
  placeholder: 'text',
  read(value) {
    const written = readText(value);
    return /^\S+$/.test(written)
      ? written
      : refuse('contains white space', 'copy the value again without white space');
  },
};
