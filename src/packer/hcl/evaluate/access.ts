import type { Expression } from '../parser/syntax.js';
import { fail } from '../problem.js';
import { toInteger, toText } from '../values/convert.js';
import { Dictionary, type Hcl, List, typeName, Unknown } from '../values/value.js';
import type { Namespace, Scope } from './scope.js';

/** Names that another tool or a running build would have, with the reason why they are not available. */
const unavailable: Readonly<Record<string, string>> = {
  'packer.version': 'remove it: no version of Packer is involved',
  each: 'use the iterator of the dynamic block',
  source: 'use it in a source or build block',
  build: 'use it in a source or build block',
};

/** The names of `a.b.c`; undefined if it has other parts. */
function namesOf(expression: Expression): readonly string[] | undefined {
  if (expression.kind === 'variable') return [expression.name];
  if (expression.kind !== 'attribute') return undefined;
  const before = namesOf(expression.of);
  return before && [...before, expression.name];
}

/**
 * The value that a name such as `var.a` or `data.outscale-omi.base` has; undefined for any other expression.
 */
export function valueOfName(expression: Expression, { locals, namespaces }: Scope): Hcl | undefined {
  const names = namesOf(expression);
  const [root, ...rest] = names ?? [];
  if (root === undefined || names === undefined) return undefined;
  const local = locals.get(root);
  if (local !== undefined) return rest.length === 0 ? local : undefined;
  const namespace = namespaces.get(root);
  if (namespace === undefined) {
    const full = names.join('.');
    return fail(
      `uses ${full}, which is not declared`,
      unavailable[full] ??
        unavailable[root] ??
        `use one of: ${[...locals.keys(), ...namespaces.keys()].join(', ')}`,
    );
  }
  if (rest.length === 0) return wholeOf(namespace);
  const length = root === 'data' ? 2 : 1;
  return rest.length === length ? declared(root, rest.join('.'), namespace) : undefined;
}

function declared(root: string, name: string, namespace: Namespace): Hcl {
  const value = namespace.get(name);
  if (value !== undefined) return value;
  const full = `${root}.${name}`;
  const names = namespace.names().map((one) => `${root}.${one}`);
  return fail(
    `uses ${full}, which is not declared`,
    unavailable[full] ??
      (names.length === 0 ? 'declare it' : `declare it, or use one of: ${names.join(', ')}`),
  );
}

const wholeOf = ({ get, names }: Namespace): Hcl =>
  new Dictionary(names().map((name): [string, Hcl] => [name, get(name) ?? null]));

/** `of.name` @throws HclError if it does not exist */
export function accessAttribute(of: Hcl, name: string): Hcl {
  if (of instanceof Unknown) return new Unknown('text');
  if (!(of instanceof Dictionary))
    return fail(`asks for the attribute ${name} of ${typeName(of)}`, 'use a map or object');
  const value = of.entries.get(name);
  if (value !== undefined) return value;
  const names = [...of.entries.keys()].slice(0, 20).join(', ') || 'none';
  return fail(`asks for the attribute ${name}, which does not exist`, `the attributes are: ${names}`);
}

/** `of[key]` @throws HclError if it does not exist */
export function accessIndex(of: Hcl, key: Hcl): Hcl {
  if (of instanceof Unknown || key instanceof Unknown) return new Unknown('text');
  if (of instanceof Dictionary) return accessAttribute(of, toText(key));
  if (!(of instanceof List)) return fail(`asks for an item of ${typeName(of)}`, 'use a list or map');
  const item = of.items[toInteger(key)];
  if (item !== undefined) return item;
  return fail(`asks for item ${toText(key)} of a list of ${of.items.length}`, 'the first item is 0');
}

/** `of[*]`: every item of a list. A single value is a list of it, and null is an empty one. */
export function splat(of: Hcl, each: (item: Hcl) => Hcl): Hcl {
  if (of instanceof Unknown) return new Unknown('any');
  if (of === null) return new List([]);
  return new List((of instanceof List ? of.items : [of]).map(each));
}
