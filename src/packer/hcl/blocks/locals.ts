import { evaluate } from '../evaluate/evaluate.js';
import type { Namespace, Scope } from '../evaluate/scope.js';
import type { Attribute, Expression } from '../parser/syntax.js';
import { HclError, LimitError, type Position } from '../problem.js';
import { toBoolean } from '../values/convert.js';
import { type Hcl, Unknown } from '../values/value.js';
import { checkAttributes } from './check.js';
import type { Mistakes } from './mistakes.js';
import { nameOfBlock, type Root } from './root.js';

/** A declared local. */
export interface Local {
  readonly name: string;
  readonly value: Expression;
  readonly isSensitive: boolean;
  readonly at: Position;
}

/** The locals that a template declares. */
export function declaredLocals(
  { locals, localBlocks }: Root,
  scope: Scope,
  mistakes: Mistakes,
): ReadonlyMap<string, Local> {
  const all = new Map<string, Local>();
  const add = (local: Local): void => {
    if (all.has(local.name))
      mistakes.report(['local', local.name], local.at, 'is declared twice', 'remove one of them');
    all.set(local.name, local);
  };
  for (const { name, value, at } of locals) add({ name, value, at, isSensitive: false });
  for (const block of localBlocks) {
    const path = [nameOfBlock(block)];
    checkAttributes(block, path, { attributes: ['expression', 'sensitive'], blocks: [] }, mistakes);
    const { attributes } = block.body;
    const expression = attributes.get('expression');
    if (expression === undefined)
      mistakes.report(path, block.at, 'has no expression', 'write expression = VALUE');
    else
      add({
        name: block.labels[0] ?? '',
        value: expression.value,
        at: block.at,
        isSensitive: isTrue(attributes.get('sensitive'), scope, mistakes),
      });
  }
  return all;
}

const isTrue = (attribute: Attribute | undefined, scope: Scope, mistakes: Mistakes): boolean =>
  attribute !== undefined &&
  mistakes.attempt(['sensitive'], attribute.at, () => toBoolean(evaluate(attribute.value, scope))) === true;

/** A value that needs itself. */
class CycleError extends HclError {}

/**
 * Values that are evaluated when they are first used. A mistake is reported once; then the value is unknown.
 * @param kind for messages and paths: `local`
 */
export function lazyNamespace<T extends { readonly at: Position }>(
  kind: string,
  declared: ReadonlyMap<string, T>,
  work: (one: T) => Hcl,
  mistakes: Mistakes,
): Namespace {
  const values = new Map<string, Hcl>();
  const active: string[] = [];
  const compute = (name: string, one: T): Hcl => {
    if (active.includes(name)) {
      const cycle = [...active.slice(active.indexOf(name)), name].map((part) => `${kind}.${part}`);
      throw new CycleError(`uses itself: ${cycle.join(' → ')}`, 'remove one of these uses');
    }
    active.push(name);
    try {
      return work(one);
    } finally {
      active.pop();
    }
  };
  const get = (name: string): Hcl | undefined => {
    const one = declared.get(name);
    if (one === undefined || values.has(name)) return values.get(name);
    try {
      values.set(name, compute(name, one));
    } catch (error) {
      if (error instanceof LimitError || !(error instanceof HclError)) throw error;
      values.set(name, new Unknown('any'));
      // The first value of a cycle reports it.
      if (error instanceof CycleError && active.length > 0) throw error;
      mistakes.report([kind, name], error.at ?? one.at, error.problem, error.fix);
    }
    return values.get(name);
  };
  return { names: () => [...declared.keys()], get };
}

/** The namespace of the locals of a template. @param scope returns the scope of their expressions */
export const localNamespace = (
  locals: ReadonlyMap<string, Local>,
  scope: () => Scope,
  mistakes: Mistakes,
): Namespace => lazyNamespace('local', locals, ({ value }) => evaluate(value, scope()), mistakes);
