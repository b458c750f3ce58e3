import { fail } from '../problem.js';
import { shownNumber } from '../values/numbers.js';
import { Dictionary, type Hcl, List, Unknown } from '../values/value.js';
import { fromData } from './data.js';

/** As encoding/json of Go: some characters are escaped for HTML and JavaScript. */
const escaped = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A value as JSON. */
export function jsonText(value: Hcl): string {
  if (value instanceof List) return `[${value.items.map(jsonText).join(',')}]`;
  if (value instanceof Dictionary)
    return `{${[...value.entries].map(([key, one]) => `${escaped(key)}:${jsonText(one)}`).join(',')}}`;
  if (value === null || value instanceof Unknown) return 'null';
  if (typeof value === 'string') return escaped(value);
  return typeof value === 'boolean' ? String(value) : shownNumber(value);
}

/**
 * The value of JSON. Integers are exact up to 2^53. @throws HclError without the text, which may be secret
 */
export function jsonValue(text: string): Hcl {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('has invalid JSON', 'correct it');
  }
  return fromData(value);
}
