import type { For } from '../parser/syntax.js';
import { fail } from '../problem.js';
import { toBoolean, toText } from '../values/convert.js';
import { Dictionary, type Hcl, hasUnknown, List, typeName, Unknown } from '../values/value.js';
import { type Evaluate, type Scope, withLocals } from './scope.js';

/** The keys and values of a list or map. @throws HclError for anything else */
export function pairsOf(over: Hcl): readonly (readonly [Hcl, Hcl])[] {
  if (over instanceof List) return over.items.map((item, index) => [BigInt(index), item] as const);
  if (over instanceof Dictionary) return [...over.entries];
  return fail(`repeats over ${typeName(over)}`, 'use a list or map');
}

/** The variables of one turn: `for value in`, or `for key, value in`. */
export function turn(names: readonly string[], key: Hcl, value: Hcl): [string, Hcl][] {
  const [first = '', second] = names;
  return second === undefined
    ? [[first, value]]
    : [
        [first, key],
        [second, value],
      ];
}

/** A `for` expression. */
export function evaluateFor(expression: For, scope: Scope, evaluate: Evaluate): Hcl {
  const over = evaluate(expression.over, scope);
  if (over instanceof Unknown) return new Unknown('any');
  const pairs = pairsOf(over);
  scope.setting.budget.spend(pairs.length * (1 + scope.locals.size));
  const scopes = pairs.map(([key, value]) => withLocals(scope, turn(expression.names, key, value)));
  const { condition } = expression;
  const conditions = scopes.map((one) => (condition === undefined ? true : evaluate(condition, one)));
  if (conditions.some(hasUnknown)) return new Unknown('any');
  const chosen = scopes.filter((_, index) => toBoolean(conditions[index] ?? false));
  if (expression.key === undefined) return new List(chosen.map((one) => evaluate(expression.value, one)));
  const { key } = expression;
  const entries = chosen.map((one) => [evaluate(key, one), evaluate(expression.value, one)] as const);
  if (entries.some(([name]) => hasUnknown(name))) return new Unknown('any');
  return expression.isGrouped ? grouped(entries) : single(entries);
}

type Entries = readonly (readonly [Hcl, Hcl])[];

function single(entries: Entries): Hcl {
  const values = new Map<string, Hcl>();
  for (const [key, value] of entries) {
    const name = toText(key);
    if (values.has(name))
      fail(`has the key ${name} twice`, 'write ... after the value to collect them in a list');
    values.set(name, value);
  }
  return new Dictionary(values);
}

function grouped(entries: Entries): Hcl {
  const values = new Map<string, Hcl[]>();
  for (const [key, value] of entries) {
    const name = toText(key);
    const group = values.get(name);
    if (group === undefined) values.set(name, [value]);
    else group.push(value);
  }
  return new Dictionary([...values].map(([name, items]) => [name, new List(items)]));
}
