import type { Node } from 'web-tree-sitter';
import { fail } from '../problem.js';
import { requireDepth } from './depth.js';
import { expressionOf } from './expression.js';
import type { Source } from './source.js';
import type { Attribute, Body, HclBlock } from './syntax.js';
import { literalText } from './template.js';

/** The attributes and blocks of a file or a block. @throws HclError */
export function bodyOf(node: Node, source: Source, depth = 0): Body {
  const attributes = new Map<string, Attribute>();
  const blocks: HclBlock[] = [];
  const [first] = node.namedChildren.filter(({ type }) => type === 'body' || type === 'object');
  if (first?.type === 'object')
    return fail('is a JSON object', 'write HCL2', source.position(first.startPosition));
  let row = -1;
  for (const child of first?.namedChildren ?? []) {
    if (child.type === 'comment') continue;
    const at = source.position(child.startPosition);
    if (child.startPosition.row === row)
      fail('has a syntax error: expected a new line', 'start a new line', at);
    row = child.endPosition.row;
    if (child.type === 'attribute') {
      const attribute = attributeOf(child, source, depth);
      const { name } = attribute;
      if (attributes.has(name)) fail(`sets ${name} twice`, 'remove one of them', at);
      attributes.set(name, attribute);
    } else blocks.push(blockOf(child, source, requireDepth(depth, child, source)));
  }
  return { attributes, blocks };
}

function attributeOf(node: Node, source: Source, depth: number): Attribute {
  const [name, value] = node.namedChildren.filter(({ type }) => type !== 'comment');
  const at = source.position(node.startPosition);
  if (name === undefined || value === undefined) return fail('has a syntax error', 'correct the syntax', at);
  return { name: name.text, value: expressionOf(value, source, depth), at };
}

function blockOf(node: Node, source: Source, depth: number): HclBlock {
  const [type, ...labels] = node.namedChildren.filter(
    (one) => one.type === 'identifier' || one.type === 'string_lit',
  );
  return {
    type: type?.text ?? '',
    labels: labels.map((label) => (label.type === 'identifier' ? label.text : literalText(label, source))),
    body: bodyOf(node, source, depth),
    at: source.position(node.startPosition),
  };
}
