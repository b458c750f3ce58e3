import type { Renderer } from './renderer.js';
import { resultOf } from './stages.js';

export interface JsonOptions {
  readonly verbose: boolean;
  /** The time of an event. */
  readonly now: () => Date;
  /** Receives the outputs too. */
  readonly output?: Renderer['output'];
}

/** Renders one JSON object a line, for programs. See docs/reference/cli.md. */
export function jsonRenderer(
  write: (text: string) => void,
  { verbose, now, output = () => {} }: JsonOptions,
): Renderer {
  const event = (name: string, fields: object): void =>
    write(`${JSON.stringify({ time: now().toISOString(), event: name, ...fields })}\n`);
  return {
    begin: (version, what) => event('begin', { version, what }),
    fact: (label, text) => event('fact', { label, text }),
    open: ({ label }) => event('start', { stage: label }),
    close: (stage) =>
      event('end', {
        stage: stage.label,
        result: resultOf(stage),
        failed: stage.failed,
        ms: stage.ms,
        details: stage.details,
      }),
    progress: ({ what, state, percent, seconds }, isDue) =>
      isDue ? event('progress', { what, state, percent, seconds: Math.floor(seconds) }) : undefined,
    line: (text) => event('line', { text }),
    debug: (text) => (verbose ? event('debug', { text }) : undefined),
    notice: (text) => event('notice', { text }),
    warn: (text) => event('warning', { text }),
    script: (text) => event('script', { text }),
    failure: (title, { message, hint, undoing, output: tail, location }) =>
      event('error', {
        stage: title,
        message,
        output: tail.map((line) => line.trimStart()),
        undoing,
        hint,
        location,
      }),
    closing: ({ verb, ...end }) => event(verb, end),
    mask: () => {},
    output(name, value) {
      event('output', { name, value });
      output(name, value);
    },
    saveState: () => {},
  };
}
