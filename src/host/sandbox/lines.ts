import type { Readable } from 'node:stream';

/** Maximum characters of a line. A longer line is passed on in pieces, to limit memory use. */
const maxLineLength = 65_536;

/**
 * Splits a stream into lines. Of a line that overwrites itself with carriage returns, as progress bars do,
 * only the last form is passed on.
 * @returns a function that passes on a last line without a line end.
 */
export function lines(stream: Readable | null, onLine: (line: string) => void): () => void {
  let rest = '';
  const end = (): void => {
    onLine(lastForm(rest).replace(/\r+$/, ''));
    rest = '';
  };
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n');
    rest = lastForm(rest + first);
    for (const part of others) {
      end();
      rest = lastForm(part);
    }
    if (rest.length > maxLineLength) end();
  });
  return () => {
    if (rest !== '') end();
  };
}

/** What follows the last carriage return that has text after it. One at the end may belong to a line end. */
function lastForm(text: string): string {
  const content = text.replace(/\r+$/, '');
  return text.slice(content.lastIndexOf('\r') + 1);
}
