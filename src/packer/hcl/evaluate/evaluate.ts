import type { Expression } from '../parser/syntax.js';
import { fail, HclError } from '../problem.js';
import { toText } from '../values/convert.js';
import { Dictionary, type Hcl, hasUnknown, List, sizeOf, Unknown } from '../values/value.js';
import { accessAttribute, accessIndex, splat, valueOfName } from './access.js';
import { callFunction } from './call.js';
import { conditional } from './conditional.js';
import { evaluateFor } from './loops.js';
import { binary, unary } from './operators.js';
import type { Evaluate, Scope } from './scope.js';
import { evaluateParts } from './text.js';

/**
 * The value of an expression. It is unknown if it depends on a data source that has not been read.
 * @throws HclError with the position of the part that is wrong
 */
export const evaluate: Evaluate = (expression, scope) => {
  try {
    return scope.setting.budget.within(() => valueIn(expression, scope));
  } catch (error) {
    if (error instanceof HclError) error.at ??= expression.at;
    throw error;
  }
};

function valueIn(expression: Expression, scope: Scope): Hcl {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'template':
      return evaluateParts(expression.parts, scope, evaluate);
    case 'list':
      return new List(expression.items.map((item) => evaluate(item, scope)));
    case 'object':
      return objectOf(expression, scope);
    case 'variable':
    case 'attribute':
      return valueOfName(expression, scope) ?? attributeOf(expression, scope);
    case 'index':
      return accessIndex(evaluate(expression.of, scope), evaluate(expression.key, scope));
    case 'splat':
      return splat(evaluate(expression.of, scope), (item) =>
        expression.steps.reduce<Hcl>(
          (value, step) =>
            'name' in step
              ? accessAttribute(value, step.name)
              : accessIndex(value, evaluate(step.key, scope)),
          item,
        ),
      );
    case 'call':
      return callFunction(expression, scope, evaluate);
    case 'unary':
      return unary(expression.operator, evaluate(expression.of, scope));
    case 'binary': {
      const [first, second] = [evaluate(expression.first, scope), evaluate(expression.second, scope)];
      scope.setting.budget.spend((sizeOf(first) + sizeOf(second)) / 100);
      return binary(expression.operator, first, second);
    }
    case 'conditional':
      return conditional(expression, scope, evaluate);
    default:
      return evaluateFor(expression, scope, evaluate);
  }
}

function attributeOf(expression: Expression, scope: Scope): Hcl {
  if (expression.kind === 'attribute')
    return accessAttribute(evaluate(expression.of, scope), expression.name);
  return fail('uses a name that is not declared', 'declare it');
}

function objectOf({ entries }: Extract<Expression, { kind: 'object' }>, scope: Scope): Hcl {
  const values = entries.map(({ key, value }) => [evaluate(key, scope), evaluate(value, scope)] as const);
  if (values.some(([key]) => hasUnknown(key))) return new Unknown('any');
  return new Dictionary(values.map(([key, value]) => [toText(key), value]));
}
