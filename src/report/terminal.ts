import { writeFileSync } from 'node:fs';
import util from 'node:util';
import { columns } from './format.js';
import { linesOf, type Renderer } from './renderer.js';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

export interface TerminalOptions {
  readonly colour: boolean;
  readonly verbose: boolean;
  /** Receives the outputs. People find the values in the closing lines. */
  readonly output?: Renderer['output'];
}

/** Renders for a terminal, or without colour for a file. */
export function terminalRenderer(
  write: (text: string) => void,
  { colour, verbose, output = () => {} }: TerminalOptions,
): Renderer {
  // The first releases of node 20 lack styleText.
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
    failure(title, { message, hint, undoing, output: tail }) {
      write('\n');
      lines(styled('red', `${title}:`));
      for (const text of [message, ...(hint === undefined ? [] : [hint]), ...undoing, ...tail])
        lines(text, '  ');
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

/**
 * Writes outputs to a file as shell assignments for `. FILE`: `mount-path` becomes MOUNT_PATH. The last value
 * of a name counts. The first output replaces the previous content of the file.
 * @returns a function that writes one output; it throws the errors of writeFileSync.
 */
export function outputsFile(path: string): (name: string, value: string) => void {
  let flag = 'w';
  return (name, value) => {
    const variable = name.replaceAll('-', '_').toUpperCase();
    writeFileSync(path, `${variable}='${value.replaceAll("'", `'\\''`)}'\n`, { flag });
    flag = 'a';
  };
}
