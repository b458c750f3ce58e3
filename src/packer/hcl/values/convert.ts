import { fail } from '../problem.js';
import { type Num, parsedNumber, shownNumber } from './numbers.js';
import { Dictionary, type Hcl, List, typeName, Unknown } from './value.js';

/** A text; numbers and booleans are converted. @throws HclError for anything else */
export function toText(value: Hcl): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint' || typeof value === 'number') return shownNumber(value);
  return fail(`needs a text, and has ${typeName(value)}`, 'use a text, a number or a boolean');
}

/** A number; a text that is one is converted. @throws HclError for anything else */
export function toNumber(value: Hcl): Num {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  const parsed = typeof value === 'string' ? parsedNumber(value) : undefined;
  return parsed ?? fail(`needs a number, and has ${typeName(value)}`, 'use a number');
}

/** A boolean; the texts `true` and `false` are converted. @throws HclError for anything else */
export function toBoolean(value: Hcl): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  return fail(`needs a boolean, and has ${typeName(value)}`, 'use true or false');
}

/** The items of a list, or the values of a map. @throws HclError for anything else */
export function toItems(value: Hcl): readonly Hcl[] {
  if (value instanceof List) return value.items;
  return fail(`needs a list, and has ${typeName(value)}`, 'use a list');
}

/** The entries of a map. @throws HclError for anything else */
export function toEntries(value: Hcl): ReadonlyMap<string, Hcl> {
  if (value instanceof Dictionary) return value.entries;
  return fail(`needs a map, and has ${typeName(value)}`, 'use a map');
}

/** An integer that is exact in a double. @throws HclError for anything else */
export function toInteger(value: Hcl): number {
  const number = toNumber(value);
  if (typeof number === 'bigint' && Number.isSafeInteger(Number(number))) return Number(number);
  return fail(`needs an integer, and has ${toText(number)}`, 'use an integer');
}

/**
 * The key of a value in a set: two values are equal if their keys are. As in HCL, values of different types
 * are not equal.
 */
export function keyOf(value: Hcl): string {
  if (value instanceof List) return `[${value.items.map(keyOf).join(',')}]`;
  if (value instanceof Dictionary)
    return `{${[...value.entries].map(([key, one]) => `${JSON.stringify(key)}:${keyOf(one)}`).join(',')}}`;
  if (value instanceof Unknown) return '?';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
