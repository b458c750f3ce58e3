import { functions, refusedFunctions } from '../functions/table.js';
import { parseTemplateText } from '../parser/parse.js';
import type { Expression } from '../parser/syntax.js';
import { fail, HclError, LimitError } from '../problem.js';
import { toEntries, toText } from '../values/convert.js';
import { constraintOf } from '../values/types.js';
import { type Hcl, hasUnknown, List, requireSize, sizeOf, typeName, Unknown } from '../values/value.js';
import type { Evaluate, Scope } from './scope.js';
import { evaluateParts } from './text.js';

type Call = Extract<Expression, { kind: 'call' }>;

/** Calls a function. @throws HclError for an unknown function, or what the function rejects */
export function callFunction(call: Call, scope: Scope, evaluate: Evaluate): Hcl {
  const { name } = call;
  if (name === 'try' || name === 'can') return attempts(call, scope, evaluate);
  if (name === 'convert') return converted(call, scope, evaluate);
  requireFunction(name, scope);
  const args = argumentsOf(call, scope, evaluate);
  scope.setting.budget.spend(args.reduce<number>((sum, value) => sum + sizeOf(value), 0) / 50);
  try {
    if (name === 'templatefile') return templateFile(args, scope, evaluate);
    const { least, most, gives = 'text', run } = functions[name] ?? fail('is not defined', 'remove it');
    if (args.length < least || args.length > most)
      return fail(`has ${args.length} arguments`, `write ${counted(least, most)}`);
    if (args.some(hasUnknown)) return new Unknown(gives);
    const value = run(args, scope.setting);
    requireSize(sizeOf(value));
    return value;
  } catch (error) {
    if (error instanceof HclError && error.at === undefined && !(error instanceof LimitError))
      throw new HclError(`calls ${name}, which ${error.problem}`, error.fix, call.at);
    throw error;
  }
}

const counted = (least: number, most: number): string =>
  least === most
    ? `${least}`
    : most === Number.POSITIVE_INFINITY
      ? `at least ${least}`
      : `${least} to ${most}`;

function requireFunction(name: string, { refused }: Scope): void {
  const reason =
    refused.get(name) ?? (Object.hasOwn(refusedFunctions, name) ? refusedFunctions[name] : undefined);
  if (reason !== undefined) fail(`calls ${name}, which is not available here`, reason);
  if (name !== 'templatefile' && !Object.hasOwn(functions, name))
    fail(
      `calls ${name}, which is not defined`,
      `the functions are: ${['can', 'convert', 'templatefile', 'try', ...Object.keys(functions)].toSorted().join(', ')}`,
    );
}

function argumentsOf({ args, isExpanded }: Call, scope: Scope, evaluate: Evaluate): readonly Hcl[] {
  const values = args.map((one) => evaluate(one, scope));
  if (!isExpanded) return values;
  const last = values.pop() ?? null;
  if (last instanceof List) return [...values, ...last.items];
  if (last instanceof Unknown) return [...values, last];
  return fail(`expands ${typeName(last)}`, 'write ... after a list');
}

/** `try` is its first argument without an error, and `can` says whether its argument has none. */
function attempts({ name, args, isExpanded }: Call, scope: Scope, evaluate: Evaluate): Hcl {
  if (isExpanded || args.length === 0 || (name === 'can' && args.length > 1))
    return fail(`calls ${name} with other arguments`, name === 'can' ? 'write one' : 'write at least one');
  let last: HclError | undefined;
  for (const one of args) {
    try {
      const value = evaluate(one, scope);
      return name === 'try' ? value : hasUnknown(value) ? new Unknown('boolean') : true;
    } catch (error) {
      if (error instanceof LimitError || !(error instanceof HclError)) throw error;
      last = error;
    }
  }
  if (name === 'can' || last === undefined) return false;
  throw new HclError(
    `calls try, and no argument has a value: the last one ${last.problem}`,
    last.fix,
    last.at,
  );
}

/** `convert(VALUE, TYPE)`. */
function converted({ args }: Call, scope: Scope, evaluate: Evaluate): Hcl {
  const [value, type] = args;
  if (value === undefined || type === undefined || args.length > 2)
    return fail(`calls convert, which has ${args.length} arguments`, 'write a value and a type');
  return constraintOf(type).convert(evaluate(value, scope));
}

/** `templatefile(PATH, VARIABLES)`: the text of a file with its expressions replaced. */
function templateFile(args: readonly Hcl[], scope: Scope, evaluate: Evaluate): Hcl {
  const [path, variables] = args;
  if (args.length !== 2 || path === undefined || variables === undefined)
    return fail(`has ${args.length} arguments`, 'write a path and a map');
  if (path instanceof Unknown || variables instanceof Unknown) return new Unknown('text');
  const { setting } = scope;
  const file = toText(path);
  const parts = parseTemplateText(setting.loaded, setting.files.read(file), file);
  return evaluateParts(
    parts,
    {
      setting,
      namespaces: new Map(),
      locals: toEntries(variables),
      refused: new Map([...scope.refused, ['templatefile', 'a template cannot use another one']]),
    },
    evaluate,
  );
}
