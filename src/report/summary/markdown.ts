/** Maximum characters of a value in the summary. */
const longest = 300;

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > longest ? `${firstOf(line, longest)}…` : line;
};

/** The first characters of a text, without half of a surrogate pair at the end. */
export const firstOf = (text: string, most: number): string =>
  text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');

/** Escapes a value for a line of Markdown, on one line and with at most 300 characters. */
export const escaped = (text: string): string =>
  shortened(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    // A colon starts the name of an emoji, or follows the scheme of an address.
    .replaceAll(/[\\`*_>|[\]~#@$]|:(?=\S)/g, '\\$&')
    .replace(/^[-+]/, '\\$&');

/** A value as code, in a table or a line. A backtick or a bar would end it. */
export const code = (text: string): string => `\`${shortened(text).replaceAll(/[`|]/g, ' ') || ' '}\``;

/** Lines as an indented block of code. */
export const block = (lines: readonly string[]): string =>
  lines.map((line) => `    ${shortened(line)}`).join('\n');

/** A table, from its head on. The cells are Markdown. */
export const table = (rows: readonly (readonly [string, string])[]): string => {
  const [head = ['', ''], ...rest] = rows;
  return [head, [':--', ':--'], ...rest].map(([one, other]) => `| ${one} | ${other} |`).join('\n');
};

/** A part that is folded until a reader opens it. */
export const folded = (title: string, ...parts: readonly string[]): string =>
  [`<details><summary>${title}</summary>`, ...parts, '</details>'].join('\n\n');

/** Joins the parts that fit into a limit of bytes, in order; a part that does not fit is left out. */
export function fitted(parts: readonly string[], limit: number): string {
  let text = '';
  let isCut = false;
  for (const part of parts) {
    const more = `${part}\n\n`;
    if (Buffer.byteLength(text) + Buffer.byteLength(more) <= limit) text += more;
    else isCut = true;
  }
  return isCut ? `${text}Some parts were too long for this page.\n\n` : text;
}
