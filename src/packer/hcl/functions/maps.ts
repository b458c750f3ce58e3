import { fail } from '../problem.js';
import { toEntries, toItems, toText } from '../values/convert.js';
import { Dictionary, type Hcl, List, typeName } from '../values/value.js';
import { argument, atLeast, type Functions, fixed } from './define.js';

function length(value: Hcl): Hcl {
  if (value instanceof List) return BigInt(value.items.length);
  if (value instanceof Dictionary) return BigInt(value.entries.size);
  if (typeof value === 'string') return BigInt([...new Intl.Segmenter().segment(value)].length);
  return fail(`needs a list, a map or a text, and has ${typeName(value)}`, 'use one of them');
}

function lookup(args: readonly Hcl[]): Hcl {
  const key = toText(argument(args, 1));
  const found = toEntries(argument(args, 0)).get(key);
  if (found !== undefined) return found;
  return args.length === 3 ? argument(args, 2) : fail(`does not find the key ${key}`, 'add a default');
}

function zip(keys: readonly Hcl[], values: readonly Hcl[]): Hcl {
  if (keys.length !== values.length)
    return fail(`has ${keys.length} keys and ${values.length} values`, 'use the same number of both');
  return new Dictionary(keys.map((key, index) => [toText(key), values[index] ?? null]));
}

/** Functions of maps, and `length`. */
export const maps: Functions = {
  keys: fixed(1, (args) => new List([...toEntries(argument(args, 0)).keys()]), 'any'),
  length: fixed(1, (args) => length(argument(args, 0)), 'number'),
  lookup: { least: 2, most: 3, run: lookup },
  merge: atLeast(
    1,
    (args) => new Dictionary(args.flatMap((one) => (one === null ? [] : [...toEntries(one)]))),
    'any',
  ),
  values: fixed(1, (args) => new List([...toEntries(argument(args, 0)).values()]), 'any'),
  zipmap: fixed(2, (args) => zip(toItems(argument(args, 0)), toItems(argument(args, 1))), 'any'),
};
