import { fail } from '../problem.js';
import { keyOf, toBoolean, toInteger, toItems, toNumber, toText } from '../values/convert.js';
import { arithmetic } from '../values/numbers.js';
import { setOf } from '../values/types.js';
import { byBytes, type Hcl, List, requireSize } from '../values/value.js';
import { argument, atLeast, type Functions, fixed } from './define.js';

const items = (args: readonly Hcl[], index = 0): readonly Hcl[] => toItems(argument(args, index));

const unique = (values: readonly Hcl[]): Hcl[] => [
  ...new Map(values.map((one) => [keyOf(one), one])).values(),
];

const flat = (value: Hcl): readonly Hcl[] => (value instanceof List ? value.items.flatMap(flat) : [value]);

function element(list: readonly Hcl[], index: number): Hcl {
  if (list.length === 0) return fail('has an empty list', 'use a list with items');
  if (index < 0) return fail('has a negative index', 'use 0 or more');
  return list[index % list.length] ?? null;
}

function chunks(list: readonly Hcl[], size: number): Hcl {
  if (size < 0) return fail('has a negative size', 'use 0 or more');
  if (size === 0) return new List([new List(list)]);
  const count = Math.ceil(list.length / size);
  return new List(
    Array.from({ length: count }, (_, index) => new List(list.slice(index * size, (index + 1) * size))),
  );
}

function slice(list: readonly Hcl[], start: number, end: number): Hcl {
  if (start < 0 || end > list.length || start > end)
    return fail(`has the bounds ${start} and ${end} for ${list.length} items`, 'correct the bounds');
  return new List(list.slice(start, end));
}

/** The function `range` of HCL makes at most this many numbers. */
const longestRange = 1024;

function range(args: readonly Hcl[]): Hcl {
  const numbers = args.map(toNumber);
  const [start, end] = numbers.length === 1 ? [0n, numbers[0] ?? 0n] : [numbers[0] ?? 0n, numbers[1] ?? 0n];
  const step = numbers[2] ?? (end < start ? -1n : 1n);
  if (Number(step) === 0) return fail('has the step 0', 'use another step');
  if (end < start === step > 0n && end !== start)
    return fail('has a step in the wrong direction', 'change its sign');
  const list: Hcl[] = [];
  for (let at = start; step > 0n ? at < end : at > end; at = arithmetic('+', at, step)) {
    if (list.length === longestRange)
      return fail(`makes more than ${longestRange} numbers`, 'use a smaller range or a larger step');
    list.push(at);
  }
  return new List(list);
}

function product(lists: readonly (readonly Hcl[])[]): Hcl {
  requireSize(lists.reduce((count, list) => count * list.length, lists.length));
  const rows = lists.reduce<Hcl[][]>(
    (before, list) => before.flatMap((row) => list.map((one) => [...row, one])),
    [[]],
  );
  return new List(rows.map((row) => new List(row)));
}

const isEmpty = (value: Hcl): boolean => value === null || value === '';

function intersection(args: readonly Hcl[]): Hcl {
  const [first = [], ...others] = args.map(toItems);
  const keys = others.map((list) => new Set(list.map(keyOf)));
  return setOf(first.filter((one) => keys.every((set) => set.has(keyOf(one)))));
}

function subtract(args: readonly Hcl[]): Hcl {
  const removed = new Set(items(args, 1).map(keyOf));
  return setOf(items(args).filter((one) => !removed.has(keyOf(one))));
}

function indexOf(list: readonly Hcl[], value: Hcl): Hcl {
  const index = list.findIndex((one) => keyOf(one) === keyOf(value));
  return index < 0 ? fail('does not find the item', 'use an item of the list') : BigInt(index);
}

function coalesce(args: readonly Hcl[]): Hcl {
  return args.find((one) => !isEmpty(one)) ?? fail('has no argument with a value', 'add a default');
}

function coalesceList(args: readonly Hcl[]): Hcl {
  return args.find((one) => toItems(one).length > 0) ?? fail('has no list with items', 'add a default');
}

/** Functions of lists. */
export const lists: Functions = {
  alltrue: fixed(1, (args) => items(args).every(toBoolean), 'boolean'),
  anytrue: fixed(1, (args) => items(args).some(toBoolean), 'boolean'),
  chunklist: fixed(2, (args) => chunks(items(args), toInteger(argument(args, 1))), 'any'),
  coalesce: atLeast(1, coalesce),
  coalescelist: atLeast(1, coalesceList, 'any'),
  compact: fixed(1, (args) => new List(items(args).filter((one) => !isEmpty(one))), 'any'),
  concat: atLeast(1, (args) => new List(args.flatMap((one) => [...toItems(one)])), 'any'),
  contains: fixed(2, (args) => items(args).some((one) => keyOf(one) === keyOf(argument(args, 1))), 'boolean'),
  distinct: fixed(1, (args) => new List(unique(items(args))), 'any'),
  element: fixed(2, (args) => element(items(args), toInteger(argument(args, 1)))),
  flatten: fixed(1, (args) => new List(items(args).flatMap(flat)), 'any'),
  index: fixed(2, (args) => indexOf(items(args), argument(args, 1)), 'number'),
  range: { least: 1, most: 3, run: range, gives: 'any' },
  reverse: fixed(1, (args) => new List(items(args).toReversed()), 'any'),
  setintersection: atLeast(1, intersection, 'any'),
  setproduct: atLeast(2, (args) => product(args.map(toItems)), 'any'),
  setsubtract: fixed(2, subtract, 'any'),
  setunion: atLeast(1, (args) => setOf(args.flatMap((one) => [...toItems(one)])), 'any'),
  slice: fixed(
    3,
    (args) => slice(items(args), toInteger(argument(args, 1)), toInteger(argument(args, 2))),
    'any',
  ),
  sort: fixed(1, (args) => new List(items(args).map(toText).toSorted(byBytes)), 'any'),
  sum: fixed(
    1,
    (args) => {
      const [first = null, ...rest] = items(args);
      return rest.reduce((sum, one) => arithmetic('+', toNumber(sum), toNumber(one)), toNumber(first));
    },
    'number',
  ),
};
