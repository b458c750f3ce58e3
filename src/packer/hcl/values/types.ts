import type { Expression } from '../parser/syntax.js';
import { fail } from '../problem.js';
import { keyOf, toBoolean, toNumber, toText } from './convert.js';
import { byBytes, Dictionary, type Hcl, List, typeName, Unknown } from './value.js';

/** A type constraint: converts a value, or rejects it. `null` and unknown values have every type. */
export interface Constraint {
  readonly name: string;
  readonly convert: (value: Hcl) => Hcl;
}

const scalar = (name: string, convert: (value: Hcl) => Hcl): Constraint => ({
  name,
  convert: (value) => (value === null || value instanceof Unknown ? value : convert(value)),
});

/** The constraint that every value meets. */
export const any = scalar('any', (value) => value);

const simple: Readonly<Record<string, Constraint>> = {
  string: scalar('string', toText),
  number: scalar('number', toNumber),
  bool: scalar('bool', toBoolean),
  any,
};

const itemsOf = (value: Hcl, name: string): readonly Hcl[] =>
  value instanceof List ? value.items : fail(`needs a ${name}, and has ${typeName(value)}`, 'use a list');

const entriesOf = (value: Hcl, name: string): ReadonlyMap<string, Hcl> =>
  value instanceof Dictionary
    ? value.entries
    : fail(`needs a ${name}, and has ${typeName(value)}`, 'use a map');

/** The items of a set, each once and in order. */
export function setOf(values: readonly Hcl[]): List {
  const items = [...new Map(values.map((one) => [keyOf(one), one])).values()];
  return new List(items.every((one) => typeof one === 'string') ? items.toSorted(byBytes) : items);
}

const collections: Readonly<Record<string, (of: Constraint) => Constraint>> = {
  list: (of) => scalar('list', (value) => new List(itemsOf(value, 'list').map(of.convert))),
  set: (of) => scalar('set', (value) => setOf(itemsOf(value, 'set').map(of.convert))),
  map: (of) =>
    scalar(
      'map',
      (value) => new Dictionary([...entriesOf(value, 'map')].map(([k, v]) => [k, of.convert(v)])),
    ),
};

const tuple = (of: readonly Constraint[]): Constraint =>
  scalar('tuple', (value) => {
    const items = itemsOf(value, 'tuple');
    if (items.length !== of.length)
      return fail(`needs a tuple of ${of.length} items, and has ${items.length}`, 'correct the list');
    return new List(of.map(({ convert }, index) => convert(items[index] ?? null)));
  });

/** As in HCL, attributes that the type does not have are dropped. */
const object = (of: ReadonlyMap<string, Constraint>): Constraint =>
  scalar('object', (value) => {
    const entries = entriesOf(value, 'object');
    const missing = [...of.keys()].filter((name) => !entries.has(name));
    if (missing.length > 0) return fail(`has no attribute ${missing.join(', ')}`, 'add it');
    return new Dictionary([...of].map(([name, { convert }]) => [name, convert(entries.get(name) ?? null)]));
  });

const known = 'string, number, bool, any, list(…), set(…), map(…), object({…}), tuple([…])';

/** Reads a type constraint. @throws HclError if it is none */
export function constraintOf(expression: Expression): Constraint {
  const { at } = expression;
  const name =
    expression.kind === 'variable'
      ? expression.name
      : expression.kind === 'value' && typeof expression.value === 'string'
        ? expression.value
        : '';
  if (Object.hasOwn(collections, name)) return collections[name]?.(any) ?? any;
  if (Object.hasOwn(simple, name)) return simple[name] ?? any;
  if (expression.kind !== 'call') return fail('is not a type', `the types are: ${known}`, at);
  const [argument, ...others] = expression.args;
  if (argument === undefined || others.length > 0)
    return fail('is not a type', `the types are: ${known}`, at);
  const collection = Object.hasOwn(collections, expression.name) ? collections[expression.name] : undefined;
  if (collection !== undefined) return collection(constraintOf(argument));
  if (expression.name === 'tuple' && argument.kind === 'list') return tuple(argument.items.map(constraintOf));
  if (expression.name !== 'object' || argument.kind !== 'object')
    return fail('is not a type', `the types are: ${known}`, at);
  return object(
    new Map(
      argument.entries.map(({ key, value }) => [
        key.kind === 'value'
          ? toText(key.value)
          : fail('is not the name of an attribute', 'write a name', at),
        constraintOf(value),
      ]),
    ),
  );
}
