import type { Node } from 'web-tree-sitter';
import { fail } from '../problem.js';
import { parsedNumber } from '../values/numbers.js';
import { accessOf } from './access.js';
import { collectionOf, forOf } from './collections.js';
import { requireDepth } from './depth.js';
import { childrenOf, type Read } from './nodes.js';
import type { Source } from './source.js';
import type { Expression } from './syntax.js';
import { literalText, partsOf } from './template.js';

/** Where an expression is read: how deep, and in which text. */
interface Nesting {
  readonly source: Source;
  readonly depth: number;
  readonly read: Read;
}

const nestingAt = (source: Source, depth: number): Nesting => ({
  source,
  depth,
  read: (child) => expressionOf(child, source, depth),
});

/** Converts a node of the tree to an expression. @throws HclError if it is nested too deep */
export function expressionOf(node: Node, source: Source, depth: number): Expression {
  const nesting = nestingAt(source, requireDepth(depth, node, source));
  const children = childrenOf(node);
  const [first] = children;
  if (first?.type === 'conditional') return conditionalOf(first, nesting);
  return operandOf(children, nesting) ?? invalid(node, source);
}

const invalid = (node: Node, source: Source): never =>
  fail('has a syntax error', 'correct the syntax', source.position(node.startPosition));

/**
 * The grammar reads `a ? b : c ? d : e` as `(a ? b : c) ? d : e`; in HCL, the second conditional is the last
 * part of the first one.
 */
function conditionalOf(node: Node, { read, source, depth }: Nesting): Expression {
  const [condition, , whenTrue, , whenFalse] = childrenOf(node);
  if (!condition || !whenTrue || !whenFalse) return invalid(node, source);
  return chain(
    condition,
    read(whenTrue),
    read(whenFalse),
    nestingAt(source, requireDepth(depth, node, source)),
  );
}

function chain(before: Node, whenTrue: Expression, whenFalse: Expression, nesting: Nesting): Expression {
  const { read, source, depth } = nesting;
  const [inner] = childrenOf(before);
  const at = source.position(before.startPosition);
  if (inner?.type !== 'conditional')
    return { kind: 'conditional', condition: read(before), whenTrue, whenFalse, at };
  const [condition, , first, , second] = childrenOf(inner);
  if (!condition || !first || !second) return invalid(inner, source);
  const last = read(second);
  const rest: Expression = { kind: 'conditional', condition: last, whenTrue, whenFalse, at: last.at };
  return chain(condition, read(first), rest, nestingAt(source, requireDepth(depth, inner, source)));
}

/** A term and what follows it: attributes, indexes and splats. */
function operandOf(children: readonly Node[], nesting: Nesting): Expression | undefined {
  const [first, second] = children;
  if (first === undefined) return undefined;
  const { read, source, depth } = nesting;
  requireDepth(depth + children.length, first, source);
  const isParenthesized = first.type === '(';
  const term = isParenthesized && second !== undefined ? read(second) : termOf(first, nesting);
  return children.slice(isParenthesized ? 3 : 1).reduce((of, node) => accessOf(of, node, read), term);
}

function termOf(node: Node, nesting: Nesting): Expression {
  const { read, source, depth } = nesting;
  const at = source.position(node.startPosition);
  const [first] = childrenOf(node);
  switch (node.type) {
    case 'literal_value':
      return { kind: 'value', value: literalOf(first ?? node, source), at };
    case 'template_expr': {
      const parts = partsOf(first ?? node, source, read);
      const [only] = parts;
      if (parts.length === 0) return { kind: 'value', value: '', at };
      return only?.kind === 'text' && parts.length === 1
        ? { kind: 'value', value: only.text, at }
        : { kind: 'template', parts, at };
    }
    case 'collection_value':
      return collectionOf(first ?? node, read, source);
    case 'for_expr':
      return { ...forOf(first ?? node, read, source), at };
    case 'variable_expr':
      return { kind: 'variable', name: node.text, at };
    case 'function_call':
      return callOf(node, read, source);
    case 'operation':
      return operationOf(first ?? node, nestingAt(source, requireDepth(depth, node, source)));
    default:
      return invalid(node, source);
  }
}

function literalOf(node: Node, source: Source): string | bigint | number | boolean | null {
  if (node.type === 'string_lit') return literalText(node, source);
  if (node.type === 'bool_lit') return node.text === 'true';
  if (node.type === 'null_lit') return null;
  const at = source.position(node.startPosition);
  return parsedNumber(node.text) ?? fail(`has the number ${node.text}`, 'write it in decimal digits', at);
}

function callOf(node: Node, read: Read, source: Source): Expression {
  const [name] = childrenOf(node);
  const list = childrenOf(node).find(({ type }) => type === 'function_arguments');
  const args = list === undefined ? [] : childrenOf(list);
  return {
    kind: 'call',
    name: name?.text ?? '',
    args: args.filter(({ type }) => type === 'expression').map(read),
    isExpanded: args.at(-1)?.type === 'ellipsis',
    at: source.position(node.startPosition),
  };
}

const operators = ['*', '/', '%', '+', '-', '>', '>=', '<', '<=', '==', '!=', '&&', '||'];

function operationOf(node: Node, nesting: Nesting): Expression {
  const children = childrenOf(node);
  const at = nesting.source.position(node.startPosition);
  const operand = (nodes: readonly Node[]): Expression =>
    operandOf(nodes, nesting) ?? invalid(node, nesting.source);
  if (node.type === 'unary_operation')
    return { kind: 'unary', operator: children[0]?.type ?? '', of: operand(children.slice(1)), at };
  const index = children.findIndex(({ type }) => operators.includes(type));
  return {
    kind: 'binary',
    operator: children[index]?.type ?? '',
    first: operand(children.slice(0, index)),
    second: operand(children.slice(index + 1)),
    at,
  };
}
