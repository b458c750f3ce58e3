import type { Tree } from 'web-tree-sitter';
import { fail, LimitError } from '../problem.js';
import { bodyOf } from './body.js';
import { syntaxError } from './errors.js';
import type { Loaded } from './load.js';
import { type Source, sourceOf } from './source.js';
import type { Body, Expression, Part } from './syntax.js';

/** The largest text that is parsed, in characters. */
const largestText = 1_000_000;

/** How long the parser may work on one text, in milliseconds. */
const longest = 5000;

/** Parses a file. @throws HclError for a syntax error */
export const parseFile = (loaded: Loaded, text: string, file: string): Body =>
  parse(loaded, sourceOf(`${text}\n`, file));

/** Parses one expression, such as the value of a variable. @throws HclError for a syntax error */
export function parseExpression(loaded: Loaded, text: string, file: string): Expression {
  const { attributes, blocks } = parse(loaded, sourceOf(`value =\n${text}\n`, file, 1));
  const [attribute, ...others] = attributes.values();
  if (attribute === undefined || others.length + blocks.length > 0)
    return fail('is not one expression', 'write one value', { file, line: 1, column: 1 });
  return attribute.value;
}

/** Parses a file that is one text with expressions. @throws HclError for a syntax error */
export function parseTemplateText(loaded: Loaded, text: string, file: string): readonly Part[] {
  let end = 'END';
  while (text.includes(end)) end += 'X';
  const { attributes } = parse(loaded, sourceOf(`text = <<${end}\n${text}\n${end}\n`, file, 1));
  const value = attributes.get('text')?.value;
  // The heredoc ends with a line break that the file does not have.
  if (value?.kind === 'value' && typeof value.value === 'string')
    return [{ kind: 'text', text: value.value.slice(0, -1) }];
  if (value?.kind !== 'template')
    return fail('is not a text', 'correct the file', { file, line: 1, column: 1 });
  const last = value.parts.at(-1);
  return last?.kind === 'text'
    ? [...value.parts.slice(0, -1), { kind: 'text', text: last.text.slice(0, -1) }]
    : value.parts;
}

function parse(loaded: Loaded, source: Source): Body {
  if (source.text.length > largestText)
    throw new LimitError(
      `has more than ${largestText} characters`,
      'put large texts into files that a provisioner copies',
      source.position({ row: 0, column: 0 }),
    );
  const tree = treeOf(loaded, source);
  try {
    if (tree.rootNode.hasError) throw syntaxError(tree, source, loaded);
    return bodyOf(tree.rootNode, source);
  } finally {
    tree.delete();
  }
}

function treeOf({ parser }: Loaded, { text, position }: Source): Tree {
  const until = performance.now() + longest;
  const tree = parser.parse(text, null, { progressCallback: () => performance.now() > until });
  if (tree !== null) return tree;
  parser.reset();
  throw new LimitError(
    `cannot be parsed in ${longest / 1000} s`,
    'correct the syntax',
    position({ row: 0, column: 0 }),
  );
}
