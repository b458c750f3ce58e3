import { evaluate } from '../evaluate/evaluate.js';
import { namespaceOf, type Scope } from '../evaluate/scope.js';
import { type Attribute, type Body, emptyBody, type HclBlock } from '../parser/syntax.js';
import type { Position } from '../problem.js';
import { toBoolean, toText } from '../values/convert.js';
import { any, type Constraint, constraintOf } from '../values/types.js';
import { type Hcl, Unknown } from '../values/value.js';
import { checkAttributes } from './check.js';
import type { Mistakes } from './mistakes.js';
import { nameOfBlock, type Root } from './root.js';

/** A declared variable. */
export interface Variable {
  readonly name: string;
  readonly type: Constraint;
  /** Whether the text of an input or of the environment is its value, rather than an expression. */
  readonly isText: boolean;
  /** Undefined if it must be given a value. */
  readonly initial: Hcl | undefined;
  readonly isSensitive: boolean;
  readonly validations: readonly HclBlock[];
  readonly at: Position;
}

const known = { attributes: ['type', 'default', 'description', 'sensitive'], blocks: ['validation'] };

/** The variables that a template declares. @param scope of their defaults, which may call `env` */
export function declaredVariables(
  { variables, oldVariables }: Root,
  scope: Scope,
  mistakes: Mistakes,
): ReadonlyMap<string, Variable> {
  const blocks = variables.map((block) => {
    checkAttributes(block, [nameOfBlock(block)], known, mistakes);
    return variableOf(block.labels[0] ?? '', block.body, block.at, scope, mistakes);
  });
  const old = oldVariables.map((attribute) =>
    variableOf(attribute.name, withDefault(attribute), attribute.at, scope, mistakes),
  );
  return new Map([...old, ...blocks].map((one) => [one.name, one]));
}

const withDefault = (attribute: Attribute): Body => ({
  ...emptyBody,
  attributes: new Map([['default', attribute]]),
});

function variableOf(name: string, body: Body, at: Position, scope: Scope, mistakes: Mistakes): Variable {
  const path = [`variable ${JSON.stringify(name)}`];
  const { attributes, blocks } = body;
  const typeAttribute = attributes.get('type');
  const written =
    typeAttribute &&
    mistakes.attempt([...path, 'type'], typeAttribute.at, () => constraintOf(typeAttribute.value));
  const read = (attribute: string): Hcl | undefined => {
    const found = attributes.get(attribute);
    return found && mistakes.attempt([...path, attribute], found.at, () => evaluate(found.value, scope));
  };
  const initial = read('default');
  const type = written ?? typeOf(initial);
  const converted =
    initial === undefined
      ? undefined
      : mistakes.attempt([...path, 'default'], attributes.get('default')?.at ?? at, () =>
          type.convert(initial),
        );
  const sensitive = read('sensitive') ?? false;
  return {
    name,
    type,
    isText:
      written === undefined
        ? !(initial !== undefined && isCollection(initial))
        : ['string', 'number', 'any'].includes(written.name),
    initial: attributes.has('default') ? (converted ?? new Unknown('any')) : undefined,
    isSensitive: mistakes.attempt([...path, 'sensitive'], at, () => toBoolean(sensitive)) ?? false,
    validations: blocks.filter((block) => block.type === 'validation'),
    at,
  };
}

const isCollection = (value: Hcl): boolean =>
  value !== null && typeof value === 'object' && !(value instanceof Unknown);

/** Without a type, a value has the type of the default. */
function typeOf(initial: Hcl | undefined): Constraint {
  const name =
    typeof initial === 'string'
      ? 'string'
      : typeof initial === 'boolean'
        ? 'bool'
        : typeof initial === 'bigint' || typeof initial === 'number'
          ? 'number'
          : undefined;
  if (name === undefined) return any;
  return constraintOf({ kind: 'variable', name, at: { file: '', line: 1, column: 1 } });
}

/** Evaluates the validations of a variable. */
export function validate(variable: Variable, value: Hcl, scope: Scope, mistakes: Mistakes): void {
  const path = [`variable ${JSON.stringify(variable.name)}`, 'validation'];
  const own: Scope = {
    ...scope,
    namespaces: new Map([['var', namespaceOf(new Map([[variable.name, value]]))]]),
  };
  for (const block of variable.validations) {
    checkAttributes(block, path, { attributes: ['condition', 'error_message'], blocks: [] }, mistakes);
    const condition = block.body.attributes.get('condition');
    const message = block.body.attributes.get('error_message');
    if (condition === undefined || message === undefined) {
      mistakes.report(path, block.at, 'is not complete', 'write condition and error_message');
      continue;
    }
    mistakes.attempt(path, condition.at, () => {
      const result = evaluate(condition.value, own);
      if (result instanceof Unknown || toBoolean(result)) return;
      const text = toText(evaluate(message.value, own));
      mistakes.report([path[0] ?? ''], block.at, `has an invalid value: ${text}`, 'use another value');
    });
  }
}
