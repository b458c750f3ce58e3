import { fail } from '../problem.js';
import { keyOf, toBoolean, toNumber } from '../values/convert.js';
import { arithmetic, num } from '../values/numbers.js';
import { type Hcl, hasUnknown, Unknown } from '../values/value.js';

/** `-value` or `!value`. */
export function unary(operator: string, value: Hcl): Hcl {
  if (value instanceof Unknown) return new Unknown(operator === '!' ? 'boolean' : 'number');
  return operator === '!' ? !toBoolean(value) : num(-toNumber(value));
}

const comparisons: Readonly<Record<string, (a: bigint | number, b: bigint | number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** `first operator second`. Values of different types are not equal. */
export function binary(operator: string, first: Hcl, second: Hcl): Hcl {
  const isUnknown = hasUnknown(first) || hasUnknown(second);
  const compare = comparisons[operator];
  switch (operator) {
    case '==':
    case '!=':
      return isUnknown ? new Unknown('boolean') : (keyOf(first) === keyOf(second)) === (operator === '==');
    case '&&':
      return isUnknown ? new Unknown('boolean') : [first, second].map(toBoolean).every(Boolean);
    case '||':
      return isUnknown ? new Unknown('boolean') : [first, second].map(toBoolean).some(Boolean);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return isUnknown ? new Unknown('number') : arithmetic(operator, toNumber(first), toNumber(second));
    default:
      if (compare === undefined) return fail(`has the unknown operator ${operator}`, 'correct it');
      return isUnknown ? new Unknown('boolean') : compare(toNumber(first), toNumber(second));
  }
}
