import type { Part } from '../parser/syntax.js';
import { toBoolean, toText } from '../values/convert.js';
import { type Hcl, requireSize, Unknown } from '../values/value.js';
import { pairsOf, turn } from './loops.js';
import { type Evaluate, type Scope, withLocals } from './scope.js';

/** The value of a text with expressions. `"${a}"` is the value of `a`, of any type. */
export function evaluateParts(parts: readonly Part[], scope: Scope, evaluate: Evaluate): Hcl {
  const [only] = parts;
  if (only?.kind === 'value' && parts.length === 1) return evaluate(only.of, scope);
  const text = { length: 0, pieces: [] as string[], isKnown: true };
  const add = (value: Hcl): void => {
    if (value instanceof Unknown) {
      text.isKnown = false;
      return;
    }
    const piece = toText(value);
    text.length = requireSize(text.length + piece.length);
    scope.setting.budget.spend(1 + piece.length / 100);
    text.pieces.push(piece);
  };
  const each = (some: readonly Part[], inner: Scope): void => {
    for (const part of some) {
      if (part.kind === 'text') add(part.text);
      else if (part.kind === 'value') add(evaluate(part.of, inner));
      else if (part.kind === 'if') choose(part, inner);
      else repeat(part, inner);
    }
  };
  const choose = (part: Part & { kind: 'if' }, inner: Scope): void => {
    const condition = evaluate(part.condition, inner);
    if (condition instanceof Unknown) add(condition);
    else each(toBoolean(condition) ? part.whenTrue : part.whenFalse, inner);
  };
  const repeat = (part: Part & { kind: 'for' }, inner: Scope): void => {
    const over = evaluate(part.over, inner);
    if (over instanceof Unknown) {
      add(over);
      return;
    }
    for (const [key, value] of pairsOf(over)) {
      scope.setting.budget.spend(1 + inner.locals.size);
      each(part.body, withLocals(inner, turn(part.names, key, value)));
    }
  };
  each(parts, scope);
  return text.isKnown ? text.pieces.join('') : new Unknown('text');
}
