import type { Point, Tree } from 'web-tree-sitter';
import { HclError, type Position } from '../problem.js';
import { openText } from './escapes.js';
import type { Loaded } from './load.js';
import type { Source } from './source.js';

/** What the grammar expects, in the words of a user; the first row that fits is used. */
const expectations: readonly (readonly [symbol: string, text: string])[] = [
  ['quoted_template_end', 'the end of the text: "'],
  ['numeric_lit_token1', 'an expression'],
  ['template_interpolation_end', 'an operator, or }'],
  ['block_start', '= and a value, or { and a block'],
  ['template_directive_end', 'an operator, or }'],
  ['_template_literal_chunk', 'text, or %{ endif } or %{ endfor }'],
  ['?', 'an operator, a comma, a closing bracket, or the end of the line'],
  ['identifier', 'a name'],
  ['}', '}'],
];

/** Finds the first syntax error of a text that could not be parsed. */
export function syntaxError(tree: Tree, source: Source, loaded: Loaded): HclError {
  const open = firstOpenText(tree, source);
  if (open !== undefined) return open;
  const { at, found, state } = firstError(source, loaded);
  const iterator = state === undefined ? null : loaded.language.lookaheadIterator(state);
  const symbols = new Set(iterator ?? []);
  iterator?.delete();
  const expected = expectations.find(([symbol]) => symbols.has(symbol))?.[1] ?? 'something else';
  const what = found === 'end' ? 'ends too early' : 'has a syntax error';
  return new HclError(`${what}: expected ${expected}`, 'correct the syntax', at);
}

/** The first text with a line break. The walk goes from node to node, however deep they are nested. */
function firstOpenText(tree: Tree, source: Source): HclError | undefined {
  const cursor = tree.walk();
  let start: Point | undefined;
  let from = 0;
  const visit = (): boolean => {
    if (start !== undefined) {
      const isLiteral = cursor.nodeType === 'template_literal' || cursor.nodeType === 'quoted_template_end';
      if (cursor.nodeIsMissing || (isLiteral && source.text.slice(from, cursor.endIndex).includes('\n')))
        return true;
      start = undefined;
    }
    if (cursor.nodeType !== 'quoted_template_start') return false;
    start = cursor.startPosition;
    from = cursor.endIndex;
    return false;
  };
  const next = (): boolean => {
    if (cursor.gotoFirstChild() || cursor.gotoNextSibling()) return true;
    while (cursor.gotoParent()) if (cursor.gotoNextSibling()) return true;
    return false;
  };
  try {
    do if (visit() && start !== undefined) return openText(source.position(start));
    while (next());
    return undefined;
  } finally {
    cursor.delete();
  }
}

/** Parses again with the log of the parser, which has the position and the state of the first error. */
function firstError(
  source: Source,
  { parser }: Loaded,
): { readonly at: Position; readonly found: string; readonly state: number | undefined } {
  let last = '';
  let first: string | undefined;
  let found = '';
  parser.setLogger((message) => {
    if (first !== undefined) return;
    if (message.startsWith('process ')) last = message;
    if (!message.startsWith('detect_error')) return;
    first = last;
    found = message.replace('detect_error lookahead:', '');
  });
  parser.parse(source.text)?.delete();
  parser.setLogger(null);
  const [, state, row, column] = /state:(\d+), row:(\d+), col:(\d+)/.exec(first ?? '') ?? [];
  // The log counts bytes of UTF-16.
  const at = source.position({ row: Number(row ?? 0), column: Number(column ?? 0) / 2 });
  return { at, found, state: state === undefined ? undefined : Number(state) };
}
