import type { Token } from './tokens.js';

/** Removes the white space beside sequences with `~`. */
export const trimmed = (tokens: readonly Token[]): Token[] =>
  tokens.map((token, index) => {
    if (token.kind !== 'text') return token;
    let { text } = token;
    if (tokens[index - 1]?.trimsAfter) text = text.trimStart();
    if (tokens[index + 1]?.trimsBefore) text = text.trimEnd();
    return { ...token, text };
  });

/**
 * Removes the indentation that the lines of a heredoc with `<<-` share. Lines of only white space do not
 * count, and keep theirs.
 */
export function withoutIndent(tokens: readonly Token[]): Token[] {
  const lines = tokens.flatMap((token): Token[] =>
    token.kind === 'text'
      ? (token.text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text) => ({ ...token, text }))
      : [token],
  );
  const starts = lines.filter((_, index) => {
    const before = lines[index - 1];
    return before === undefined || (before.kind === 'text' && before.text.endsWith('\n'));
  });
  const counted = starts.filter((token) => token.kind !== 'text' || !/^\s*\n$/.test(token.text));
  const indents = counted.map((token) =>
    token.kind === 'text' ? (/^[^\S\n]*/.exec(token.text)?.[0].length ?? 0) : 0,
  );
  const shared = indents.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const adjusted = new Set(counted);
  return lines.map((token) =>
    token.kind === 'text' && adjusted.has(token) ? { ...token, text: token.text.slice(shared) } : token,
  );
}
