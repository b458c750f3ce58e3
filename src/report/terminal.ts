import util from 'node:util';
import { columns } from './columns.js';
import { linesOf, type Renderer } from './renderer.js';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export interface TerminalOptions {
  readonly colour: boolean;
  readonly verbose: boolean;
  /** What else is done with outputs: people find them in the closing lines. */
  readonly output?: Renderer['output'];
}

/** Text for people at a terminal, or for a file that one is redirected to: then without colour. */
export function terminalRenderer(
  write: (text: string) => void,
  { colour, verbose, output = () => {} }: TerminalOptions,
): Renderer {
  // The first releases of node 20 have no styleText.
  const styled = (style: Style, text: string): string =>
    colour && 'styleText' in util ? util.styleText(style, text, { validateStream: false }) : text;
  const lines = (text: string, before = ''): void => {
    for (const line of linesOf(text)) write(`${before}${line}\n`);
  };
  return {
    open: (title) => lines(styled('bold', title)),
    close: (title, time, failed) =>
      lines(failed ? styled('red', `${title} failed after ${time}`) : styled('green', `${title} ${time}`)),
    line: (text) => lines(text, '  '),
    debug: (text) => (verbose ? lines(styled('dim', text), '  ') : undefined),
    notice: (text) => lines(`${styled('bold', 'notice:')} ${text}`, '  '),
    warn: (text) => lines(`${styled('yellow', 'warning:')} ${text}`, '  '),
    script: (text) => lines(text, styled('dim', '  | ')),
    failure(title, message) {
      write('\n');
      lines(styled('red', `${title}:`));
      lines(message, '  ');
    },
    closing(rows) {
      write('\n');
      for (const row of columns(rows)) lines(row);
    },
    mask: () => {},
    output,
    saveState: () => {},
  };
}
