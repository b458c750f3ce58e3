import type { Colours } from './colours.js';
import { duration, wrapped } from './format.js';
import type { LiveLine } from './live-line.js';
import { type Poll, pollText, stateText } from './progress.js';
import { linesOf, type Renderer } from './renderer.js';
import { resultOf, type Stage, shortLabel } from './stages.js';

export interface TerminalOptions {
  readonly colours: Colours;
  readonly verbose: boolean;
  /** Writes to stderr. */
  readonly writeError: (text: string) => void;
  /** The width of the terminal in columns. */
  readonly width: () => number;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
  /** The last line of the terminal, if it can be rewritten. */
  readonly live?: LiveLine | undefined;
  /** Receives the outputs. People find the values in the last lines. */
  readonly output?: Renderer['output'];
}

/** Columns of a label, and the largest width that is used. */
const [labelWidth, widest] = [10, 100];

/** Renders for a terminal, or for a file, where no line is rewritten. */
export function terminalRenderer(
  write: (text: string) => void,
  { colours, verbose, writeError, width, clock, live, output = () => {} }: TerminalOptions,
): Renderer {
  const { bold, dim, green, red, yellow } = colours;
  const lines = (text: string, before = ''): void => {
    for (const line of linesOf(text)) write(`${before}${line}\n`);
  };
  /** One aligned row: sign, label, text, and at the right margin a time. A long text continues below. */
  const row = ({ sign, label, text = '', time = '' }: Row): string => {
    const total = Math.min(width(), widest);
    const margin = labelWidth + 5;
    const [first = '', ...more] = wrapped(text, Math.max(total - margin - time.length - 2, 20)).split('\n');
    const left = `${label.padEnd(labelWidth)} ${first}`.trimEnd();
    const space = Math.max(total - 4 - left.length - time.length, 2);
    const line = `  ${sign} ${left}${time === '' ? '' : `${' '.repeat(space)}${dim(time)}`}`;
    return [line, ...more.map((one) => `${' '.repeat(margin)}${one}`)].join('\n');
  };
  let running: { readonly stage: Stage; readonly since: number; poll?: Poll } | undefined;
  const showRunning = (sign: string): string => {
    if (running === undefined) return '';
    const { stage, since, poll } = running;
    const state = poll && `${poll.what.replace(/^snapshot /, '')}  ${stateText(poll)}`;
    const elapsed = clock() - since;
    const seconds = elapsed < 60_000 ? `${Math.floor(elapsed / 1000)} s` : duration(elapsed);
    const space = Math.min(width(), widest) - labelWidth - seconds.length - 8;
    return row({ sign, label: shortLabel(stage), text: state?.slice(0, Math.max(space, 0)), time: seconds });
  };
  return {
    begin: (version, what) => lines(`${bold('build-omi')} ${version}   ${what}\n`),
    fact: (label, text) => lines(row({ sign: green('✓'), label, text })),
    open(stage) {
      if (stage.isScript) lines(`  ▶ ${shortLabel(stage)}`);
      running = { stage, since: clock() };
      live?.start(showRunning);
    },
    close(stage) {
      running = undefined;
      live?.stop();
      const label = shortLabel(stage);
      if (stage.failed) for (const one of stage.details) lines(dim(one), '    ');
      const { isScript, failed, result } = stage;
      const text = isScript && result === undefined ? '' : resultOf(stage);
      const sign = failed ? red('✗') : green('✓');
      lines(row({ sign, label, text, time: duration(stage.ms) }));
    },
    progress(poll, isDue) {
      if (live === undefined) return isDue ? lines(dim(pollText(poll)), '    ') : undefined;
      if (running !== undefined) running.poll = poll;
    },
    line: (text) => lines(text, running === undefined ? '  ' : '    '),
    debug: (text) => (verbose ? lines(dim(text), '    ') : undefined),
    notice: (text) => lines(`${bold('notice:')} ${text}`, '    '),
    warn: (text) => lines(`${yellow('warning:')} ${text}`, '    '),
    script: (text) => lines(text, dim('    │ ')),
    failure(_, { message, hint, undoing, output: tail }) {
      live?.stop();
      const rest = [...tail, ...undoing, ...(hint === undefined ? [] : [hint])];
      const text = [`${red('Error:')} ${message}`, ...rest.flatMap((one) => linesOf(one))];
      writeError(`\n${text.join('\n  ')}\n`);
    },
    closing({ verb, id, name, region, ms, next }) {
      const end = `${verb} in ${duration(ms)}`;
      lines(`\n  ${[green(id), name, region].filter(Boolean).join('  ')}   ${end}`);
      if (next.length > 0) lines(`\n${next.map((one) => `  ${one}`).join('\n')}`);
    },
    mask: () => {},
    output,
    saveState: () => {},
  };
}

interface Row {
  readonly sign: string;
  readonly label: string;
  readonly text?: string | undefined;
  readonly time?: string;
}
