import { evaluate } from '../evaluate/evaluate.js';
import type { Scope } from '../evaluate/scope.js';
import { jsonValue } from '../functions/json.js';
import type { Loaded } from '../parser/load.js';
import { parseExpression, parseFile } from '../parser/parse.js';
import { fail, type Position } from '../problem.js';
import { toEntries } from '../values/convert.js';
import { type Hcl, Unknown } from '../values/value.js';
import type { Mistakes } from './mistakes.js';
import { type Variable, validate } from './variables.js';

/** A file that the user names, or that lies beside the template. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Where values of variables come from, besides their defaults. */
export interface GivenValues {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `*.auto.pkrvars.hcl` and `.json`, in order. */
  readonly automatic: readonly TextFile[];
  readonly files: readonly TextFile[];
  readonly inputs: ReadonlyMap<string, string>;
}

/** A value, and where it was given. */
interface GivenValue {
  readonly value: Hcl;
  readonly at: Position;
}

const start = (file: string): Position => ({ file, line: 1, column: 1 });

/**
 * The values of the variables. A value comes from the default, the environment, automatic files, files and
 * inputs; later ones win. The value of a variable with a mistake is unknown.
 */
export function variableValues(
  variables: ReadonlyMap<string, Variable>,
  given: GivenValues,
  scope: Scope,
  mistakes: Mistakes,
): ReadonlyMap<string, Hcl> {
  const { loaded } = scope.setting;
  const all = new Map<string, GivenValue>();
  const set = (name: string, at: Position, read: (variable: Variable) => Hcl): void => {
    const variable = variables.get(name);
    if (variable === undefined) return;
    const path = [`variable ${JSON.stringify(name)}`];
    const value = mistakes.attempt(path, at, () => variable.type.convert(read(variable)));
    all.set(name, { value: value ?? new Unknown('any'), at });
  };
  for (const [name, variable] of variables) {
    const text = given.environment[`PKR_VAR_${name}`];
    if (text !== undefined) set(name, start(`PKR_VAR_${name}`), () => textValue(text, variable, scope));
  }
  for (const file of [...given.automatic, ...given.files]) {
    const values =
      mistakes.attempt([file.path], start(file.path), () => valuesIn(file, loaded, scope)) ?? new Map();
    for (const [name, { value, at }] of values) {
      if (!variables.has(name))
        mistakes.findings.notice([file.path], `${name} is ignored: the template does not declare it`);
      set(name, at, () => value);
    }
  }
  for (const [name, text] of given.inputs) {
    if (!variables.has(name))
      mistakes.report(
        ['variables', name],
        start('variables'),
        'is not declared by the template',
        'remove it, or declare it',
      );
    set(name, start('variables'), (variable) => textValue(text, variable, scope));
  }
  return new Map(
    [...variables].map(([name, variable]) => [name, valueFor(variable, all.get(name), scope, mistakes)]),
  );
}

function valueFor(variable: Variable, given: GivenValue | undefined, scope: Scope, mistakes: Mistakes): Hcl {
  const value = given?.value ?? variable.initial;
  if (value === undefined) {
    mistakes.report(
      [`variable ${JSON.stringify(variable.name)}`],
      variable.at,
      'has no value',
      'set it in the input variables, or in a file of variable-files',
    );
    return new Unknown('any');
  }
  validate(variable, value, scope, mistakes);
  return value;
}

/** The value that a text means: itself, or an expression without names. */
function textValue(text: string, { isText, name }: Variable, scope: Scope): Hcl {
  return isText ? text : evaluate(parseExpression(scope.setting.loaded, text, name), scope);
}

function valuesIn({ path, text }: TextFile, loaded: Loaded, scope: Scope): ReadonlyMap<string, GivenValue> {
  const at = start(path);
  if (path.endsWith('.json'))
    return new Map([...toEntries(jsonValue(text))].map(([name, value]) => [name, { value, at }]));
  const { attributes, blocks } = parseFile(loaded, text, path);
  const [block] = blocks;
  if (block !== undefined) fail('has a block', 'write NAME = VALUE', block.at);
  return new Map(
    [...attributes.values()].map((one) => [one.name, { value: evaluate(one.value, scope), at: one.at }]),
  );
}
