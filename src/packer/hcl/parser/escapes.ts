import { fail, HclError, type Position } from '../problem.js';

const simple: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

const escapes = /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\([\s\S]?)|([$%])\4\{/g;

/** A text that its line does not end. Only a heredoc may have line breaks. */
export const openText = (at: Position): HclError =>
  new HclError(
    'has a text that is not closed: expected " before the end of the line',
    'close the text, or write a heredoc',
    at,
  );

/** Replaces the escapes of a quoted text. @throws HclError for an unknown one */
export function unescaped(text: string, at: Position): string {
  if (text.includes('\n')) throw openText(at);
  return text.replaceAll(escapes, (_, short?: string, long?: string, one?: string, mark?: string) => {
    if (mark !== undefined) return `${mark}{`;
    const code = short ?? long;
    if (code === undefined)
      return simple[one ?? ''] ?? fail(`has the unknown escape \\${one}`, 'write \\\\ for a backslash', at);
    const point = Number.parseInt(code, 16);
    return point > 0x10ffff
      ? fail(`has the unknown character \\U${code}`, 'correct it', at)
      : String.fromCodePoint(point);
  });
}
