import { parse, stringify } from 'yaml';
import { fail } from '../problem.js';
import { toText } from '../values/convert.js';
import { Dictionary, type Hcl, List, Unknown } from '../values/value.js';
import { fromData } from './data.js';
import { argument, type Functions, fixed } from './define.js';

function decoded(text: string): Hcl {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100, intAsBigInt: true, mapAsMap: true, prettyErrors: false });
  } catch {
    return fail('has invalid YAML', 'correct it');
  }
  return fromData(value);
}

/** A value as JavaScript data. */
function data(value: Hcl): unknown {
  if (value instanceof List) return value.items.map(data);
  if (value instanceof Dictionary) return new Map([...value.entries].map(([key, one]) => [key, data(one)]));
  return value instanceof Unknown ? null : value;
}

/** As cty: every text and key is quoted. */
const encoded = (value: Hcl): string =>
  stringify(data(value), { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE', lineWidth: 0 });

/** Functions of YAML. */
export const yamls: Functions = {
  yamldecode: fixed(1, (args) => decoded(toText(argument(args, 0))), 'any'),
  yamlencode: fixed(1, (args) => encoded(argument(args, 0))),
};
