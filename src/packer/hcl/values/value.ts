import { unreadText } from '../../../common/unread.js';
import { LimitError } from '../problem.js';

/** What is known of a value that only the cloud knows: its type, or nothing. */
export type UnknownType = 'text' | 'number' | 'boolean' | 'any';

/** A value that is known when the data sources have been read. */
export class Unknown {
  /** @param example a value of the same form, for checks of options */
  constructor(
    readonly type: UnknownType,
    readonly example: string = examples[type],
  ) {}
}

const examples: Readonly<Record<UnknownType, string>> = {
  text: unreadText,
  number: '1',
  boolean: 'false',
  any: unreadText,
};

/** A value of HCL. Integers are bigint; number has only fractions, with the precision of a double. */
export type Hcl = null | boolean | string | bigint | number | Unknown | List | Dictionary;

/** The largest size of a value: characters of its texts, plus one for each part. */
export const largestValue = 4_000_000;

/** The size of a value, with everything in it. */
export function sizeOf(value: Hcl): number {
  if (typeof value === 'string') return value.length + 1;
  return value instanceof List || value instanceof Dictionary ? value.size : 1;
}

/** Whether a value, or a part of it, is unknown. */
export function hasUnknown(value: Hcl): boolean {
  if (value instanceof Unknown) return true;
  return (value instanceof List || value instanceof Dictionary) && value.hasUnknown;
}

/** Returns a size if it is allowed. @throws LimitError if a value of this size would be too large */
export function requireSize(size: number): number {
  if (size <= largestValue) return size;
  throw new LimitError(
    `makes a value of more than ${largestValue} characters`,
    'make it smaller, or copy a file instead',
  );
}

/** How deep a value may be nested. */
const deepestValue = 150;

function depthOf(values: Iterable<Hcl>): number {
  let depth = 0;
  for (const value of values)
    if (value instanceof List || value instanceof Dictionary) depth = Math.max(depth, value.depth);
  if (depth >= deepestValue)
    throw new LimitError(`makes a value of more than ${deepestValue} levels`, 'use flatter values');
  return depth + 1;
}

const total = (values: Iterable<Hcl>): number => {
  let sum = 1;
  for (const value of values) sum += sizeOf(value);
  return requireSize(sum);
};

/** A list, tuple or set. */
export class List {
  readonly size: number;
  /** How deep it is nested. */
  readonly depth: number;
  readonly hasUnknown: boolean;
  /** @throws LimitError if it is too large */
  constructor(readonly items: readonly Hcl[]) {
    this.size = total(items);
    this.depth = depthOf(items);
    this.hasUnknown = items.some(hasUnknown);
  }
}

/** Orders keys as Go does, by their bytes in UTF-8. */
export const byBytes = (one: string, other: string): number =>
  one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));

/** A map or object. Its keys are in order. */
export class Dictionary {
  readonly entries: ReadonlyMap<string, Hcl>;
  readonly size: number;
  /** How deep it is nested. */
  readonly depth: number;
  readonly hasUnknown: boolean;
  /** @throws LimitError if it is too large */
  constructor(entries: Iterable<readonly [string, Hcl]>) {
    const last = new Map(entries);
    this.entries = new Map([...last].toSorted(([one], [other]) => byBytes(one, other)));
    this.size = total([...last.keys(), ...last.values()]);
    this.depth = depthOf(last.values());
    this.hasUnknown = [...last.values()].some(hasUnknown);
  }
}

/** The name of the type of a value, for messages. */
export function typeName(value: Hcl): string {
  if (value === null) return 'null';
  if (value instanceof Unknown) return value.type === 'any' ? 'a value' : `a ${value.type}`;
  if (value instanceof List) return 'a list';
  if (value instanceof Dictionary) return 'a map';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? 'a boolean' : 'a number';
}
