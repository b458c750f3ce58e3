import type { Node } from 'web-tree-sitter';
import { childrenOf, type Read } from './nodes.js';
import type { Expression, Step } from './syntax.js';

/** What follows a term: an attribute, an index or a splat. */
export function accessOf(of: Expression, node: Node, read: Read): Expression {
  const { at } = of;
  if (node.type !== 'splat') return withStep(of, stepOf(node, read, of));
  const [splat] = node.namedChildren;
  const steps = (splat === undefined ? [] : childrenOf(splat))
    .filter(({ type }) => type === 'get_attr' || type === 'index')
    .map((child) => stepOf(child, read, of));
  // After `.*`, an index is one of the resulting list; after `[*]`, one of each item.
  const index = splat?.type === 'attr_splat' ? steps.findIndex((step) => 'key' in step) : -1;
  const each = index < 0 ? steps : steps.slice(0, index);
  return steps
    .slice(each.length)
    .reduce<Expression>((result, step) => withStep(result, step), { kind: 'splat', of, steps: each, at });
}

const withStep = (of: Expression, step: Step): Expression =>
  'name' in step
    ? { kind: 'attribute', of, name: step.name, at: of.at }
    : { kind: 'index', of, key: step.key, at: of.at };

function stepOf(node: Node, read: Read, { at }: Expression): Step {
  if (node.type === 'get_attr') return { name: node.lastNamedChild?.text ?? '' };
  const [index] = node.namedChildren;
  const key = index?.namedChildren.find(({ type }) => type === 'expression');
  if (key !== undefined) return { key: read(key) };
  return { key: { kind: 'value', value: BigInt(node.text.replace('.', '').trim() || '0'), at } };
}
