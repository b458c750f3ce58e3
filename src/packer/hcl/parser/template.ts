import type { Node } from 'web-tree-sitter';
import { fail } from '../problem.js';
import { unescaped } from './escapes.js';
import type { Read } from './nodes.js';
import type { Source } from './source.js';
import { trimmed, withoutIndent } from './strip.js';
import type { Part } from './syntax.js';
import type { Token } from './tokens.js';

const kinds: Readonly<Record<string, 'value' | 'if' | 'for' | 'else' | 'endif' | 'endfor'>> = {
  template_interpolation: 'value',
  template_if_intro: 'if',
  template_for_start: 'for',
  template_else_intro: 'else',
  template_if_end: 'endif',
  template_for_end: 'endfor',
};

/** The sequences of a text, in order, without the literals between them. */
const sequencesIn = (node: Node): Node[] =>
  node.namedChildren.flatMap((child) => {
    if (Object.hasOwn(kinds, child.type)) return [child];
    return /^template_(directive|if|for)$/.test(child.type) ? sequencesIn(child) : [];
  });

/** The text of a string without expressions. */
export function literalText(node: Node, source: Source): string {
  const text = source.text.slice(node.startIndex + 1, node.endIndex - 1);
  return unescaped(text, source.position(node.startPosition));
}

/** The parts of a quoted text or heredoc. @param read reads an expression in it */
export function partsOf(node: Node, source: Source, read: Read): readonly Part[] {
  const isHeredoc = node.type === 'heredoc_template';
  const [from, to] = isHeredoc ? contentOf(node, source) : [node.startIndex + 1, node.endIndex - 1];
  const at = source.position(node.startPosition);
  const decode = isHeredoc ? unescapedMarks : (text: string): string => unescaped(text, at);
  const tokens: Token[] = [];
  let index = from;
  const addText = (end: number): void => {
    const text = source.text.slice(index, end);
    if (text !== '') tokens.push({ kind: 'text', text, at, trimsBefore: false, trimsAfter: false });
  };
  for (const sequence of sequencesIn(node)) {
    addText(sequence.startIndex);
    tokens.push(tokenOf(sequence, source, read));
    index = sequence.endIndex;
  }
  addText(to);
  const isIndented = isHeredoc && node.child(0)?.text === '<<-';
  const stripped = trimmed(isIndented ? withoutIndent(tokens) : tokens).map((token) =>
    token.kind === 'text' ? { ...token, text: decode(token.text) } : token,
  );
  return build(stripped);
}

/** The content of a heredoc: the lines between its first and its last one. */
function contentOf(node: Node, source: Source): [number, number] {
  const first = source.text.indexOf('\n', node.startIndex) + 1;
  const end = node.lastNamedChild?.startIndex ?? node.endIndex;
  return [first, Math.max(first, source.text.lastIndexOf('\n', end - 1) + 1)];
}

const unescapedMarks = (text: string): string => text.replaceAll('$${', '${').replaceAll('%%{', '%{');

function tokenOf(node: Node, source: Source, read: Read): Token {
  const at = source.position(node.startPosition);
  const named = node.namedChildren.filter(({ type }) => type !== 'comment');
  const sides = { at, trimsBefore: /^[$%]\{~/.test(node.text), trimsAfter: node.text.endsWith('~}') };
  const kind = kinds[node.type] ?? 'value';
  if (kind === 'else' || kind === 'endif' || kind === 'endfor') return { kind, ...sides };
  const expression = named.find(({ type }) => type === 'expression');
  if (expression === undefined)
    return fail('has a syntax error: expected an expression between { and }', 'write an expression', at);
  const of = read(expression);
  if (kind !== 'for') return { kind, of, ...sides };
  return {
    kind,
    of,
    names: named.filter(({ type }) => type === 'identifier').map(({ text }) => text),
    ...sides,
  };
}

/** Nests the tokens of `if` and `for`. The grammar has checked that they are balanced. */
function build(tokens: readonly Token[]): readonly Part[] {
  let index = 0;
  const until = (closing: readonly string[]): Part[] => {
    const parts: Part[] = [];
    for (let token = tokens[index]; token && !closing.includes(token.kind); token = tokens[index]) {
      index += 1;
      if (token.kind === 'text') parts.push({ kind: 'text', text: token.text });
      else if (token.kind === 'value') parts.push({ kind: 'value', of: token.of });
      else if (token.kind === 'if') {
        const whenTrue = until(['else', 'endif']);
        const hasElse = tokens[index]?.kind === 'else';
        if (hasElse) index += 1;
        const whenFalse = hasElse ? until(['endif']) : [];
        index += 1;
        parts.push({ kind: 'if', condition: token.of, whenTrue, whenFalse });
      } else if (token.kind === 'for') {
        const body = until(['endfor']);
        index += 1;
        parts.push({ kind: 'for', names: token.names, over: token.of, body });
      }
    }
    return parts;
  };
  return until([]);
}
