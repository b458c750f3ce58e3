import type { Expression } from '../parser/syntax.js';
import { fail, HclError, LimitError } from '../problem.js';
import { toBoolean, toText } from '../values/convert.js';
import { type Hcl, typeName, Unknown } from '../values/value.js';
import type { Evaluate, Scope } from './scope.js';

type Conditional = Extract<Expression, { kind: 'conditional' }>;

/**
 * `condition ? a : b`. As in HCL, both have one type: if one is a text, the other is converted to text. The
 * one that is not chosen may fail.
 */
export function conditional(expression: Conditional, scope: Scope, evaluate: Evaluate): Hcl {
  const { condition, whenTrue, whenFalse } = expression;
  const known = evaluate(condition, scope);
  const isTrue = known instanceof Unknown || toBoolean(known);
  const [chosen, other] = isTrue ? [whenTrue, whenFalse] : [whenFalse, whenTrue];
  const value = evaluate(chosen, scope);
  const alternative = attempt(() => evaluate(other, scope));
  const result = alternative === undefined ? value : unified(value, alternative);
  if (!(known instanceof Unknown)) return result;
  return result instanceof Unknown ? result : new Unknown(unknownLike(result));
}

/** The value, or undefined if it cannot be evaluated. */
function attempt(work: () => Hcl): Hcl | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof LimitError || !(error instanceof HclError)) throw error;
    return undefined;
  }
}

const isScalar = (value: Hcl): boolean => ['string', 'boolean', 'bigint', 'number'].includes(typeof value);

function unified(value: Hcl, other: Hcl): Hcl {
  if ([value, other].some((one) => one === null || one instanceof Unknown)) return value;
  const [type, otherType] = [typeName(value), typeName(other)];
  if (type === otherType) return value;
  if (isScalar(value) && isScalar(other) && [type, otherType].includes('a text')) return toText(value);
  return fail(`chooses between ${type} and ${otherType}`, 'use two values of one type');
}

function unknownLike(value: Hcl): 'text' | 'number' | 'boolean' | 'any' {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'bigint' || typeof value === 'number' ? 'number' : 'any';
}
