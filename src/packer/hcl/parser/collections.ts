import type { Node } from 'web-tree-sitter';
import { fail } from '../problem.js';
import { childrenOf, type Read } from './nodes.js';
import type { Source } from './source.js';
import type { Expression, For } from './syntax.js';

/** A list or object. */
export function collectionOf(node: Node, read: Read, source: Source): Expression {
  const children = childrenOf(node);
  const at = source.position(node.startPosition);
  if (node.type === 'tuple')
    return { kind: 'list', items: children.filter(({ type }) => type === 'expression').map(read), at };
  const entries = children
    .filter(({ type }) => type === 'object_elem')
    .map((element) => {
      const key = element.childForFieldName('key');
      const value = element.childForFieldName('val');
      if (!key || !value)
        return fail('has a syntax error', 'correct the syntax', source.position(element.startPosition));
      return { key: keyOf(key, read), value: read(value) };
    });
  return { kind: 'object', entries, at };
}

/** A key without parentheses is a name, not a variable. */
function keyOf(node: Node, read: Read): Expression {
  const key = read(node);
  if (childrenOf(node)[0]?.type === '(') return key;
  if (key.kind === 'variable') return { kind: 'value', value: key.name, at: key.at };
  if (key.kind === 'attribute' || key.kind === 'index' || key.kind === 'splat')
    return fail('has a key that is an expression', 'put it into parentheses', key.at);
  return key;
}

/** A `for` expression. */
export function forOf(node: Node, read: Read, source: Source): For {
  const at = source.position(node.startPosition);
  const children = childrenOf(node);
  const intro = children.find(({ type }) => type === 'for_intro');
  const expressions = children.filter(({ type }) => type === 'expression').map(read);
  const [first, second] = expressions;
  const over = intro && childrenOf(intro).find(({ type }) => type === 'expression');
  if (!intro || !over || !first) return fail('has a syntax error', 'correct the syntax', at);
  const condition = children.find(({ type }) => type === 'for_cond')?.lastNamedChild;
  return {
    kind: 'for',
    names: intro.namedChildren.filter(({ type }) => type === 'identifier').map(({ text }) => text),
    over: read(over),
    key: second === undefined ? undefined : first,
    value: second ?? first,
    isGrouped: children.some(({ type }) => type === 'ellipsis'),
    condition: condition ? read(condition) : undefined,
  };
}
