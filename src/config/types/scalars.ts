import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

/** `true` or `false` in any case; `yes`, `on` and `1` are invalid. */
export const boolean: Type<boolean> = {
  name: 'boolean',
  placeholder: 'true|false',
  schema: { type: ['boolean', 'string'], pattern: '^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$' },
  read(value) {
    const written = readText(value);
    const lower = written.toLowerCase();
    if (lower === 'true') return true;
    return lower === 'false' ? false : refuse('is not a boolean', 'write true or false', written);
  },
};

/** A boolean, or one of several other values, which are case-sensitive. */
export function booleanOr<const Other extends string>(...others: readonly Other[]): Type<boolean | Other> {
  const values = ['true', 'false', ...others];
  return {
    name: values.map((value) => `\`${value}\``).join(', '),
    placeholder: values.join('|'),
    schema: {
      type: ['boolean', 'string'],
      pattern: `^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|${others.join('|')})$`,
    },
    read(value) {
      const written = readText(value);
      const other = others.find((one) => one === written);
      if (other !== undefined) return other;
      const lower = written.toLowerCase();
      if (lower === 'true') return true;
      return lower === 'false'
        ? false
        : refuse('is not valid', `must be one of: ${values.join(', ')}`, written);
    },
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/** A whole number in decimal digits, without a unit. */
export function wholeNumber({ min, max, unit }: Range): Type<number> {
  return {
    name: `number of ${unit}`,
    placeholder: unit,
    schema: { type: ['integer', 'string'], minimum: min, maximum: max, pattern: '^\\d+$' },
    read(value) {
      const written = readText(value);
      const number = /^\d+$/.test(written) ? Number(written) : Number.NaN;
      return number >= min && number <= max
        ? number
        : refuse(`is not a valid number of ${unit}`, `write digits only, ${min} to ${max}`, written);
    },
  };
}
