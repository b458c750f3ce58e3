import { coloursFor } from './colours.js';
import { githubRenderer } from './github.js';
import { jsonRenderer } from './json.js';
import type { LiveLine } from './live-line.js';
import { outputsFile } from './outputs-file.js';
import type { Renderer } from './renderer.js';
import { terminalRenderer } from './terminal.js';
import { isWorkflow } from './workflow.js';

export interface ReportOptions {
  /** The environment of the process, because the runner's library reads that one. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** Writes to stderr; to stdout unless given. */
  readonly writeError?: (text: string) => void;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
  /** The time of day. */
  readonly now?: () => Date;
  /** Masked before anything is written. */
  readonly secrets?: readonly string[];
  /** Runs a function with the rights of the runner's user, for files of that user. */
  readonly asUser?: <T>(write: () => T) => T;
  /** Whether stdout is a terminal. Then the output has colour unless NO_COLOR is set. */
  readonly isTerminal?: boolean;
  /** The width of the terminal in columns; 80 unless given. */
  readonly width?: () => number;
  /** The last line of a terminal that can be rewritten. */
  readonly live?: LiveLine | undefined;
  /** Whether to write JSON lines. */
  readonly json?: boolean;
  /** File for outputs outside a workflow. */
  readonly outputs?: string | undefined;
}

/** Creates the renderer for the place that the output is read in. */
export async function rendererFor(options: ReportOptions): Promise<Renderer> {
  const { environment, clock, outputs, live, now = () => new Date() } = options;
  const write = (text: string): void => (live === undefined ? options.write(text) : live.write(text));
  const output = outputs === undefined ? {} : { output: outputsFile(outputs) };
  const verbose = environment.RUNNER_DEBUG === '1';
  if (options.json) return jsonRenderer(options.write, { verbose, now, ...output });
  if (isWorkflow(environment))
    return await githubRenderer(options.write, environment.GITHUB_WORKSPACE, coloursFor(environment, true));
  return terminalRenderer(write, {
    colours: coloursFor(environment, options.isTerminal === true),
    verbose,
    writeError: options.writeError ?? options.write,
    width: options.width ?? (() => 80),
    clock,
    live,
    ...output,
  });
}
