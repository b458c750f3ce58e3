import { appendFileSync } from 'node:fs';
import { describe } from '../common/errors.js';
import type { OutputName } from '../config/kit/outputs.js';
import { failureOf } from './failure.js';
import { duration } from './format.js';
import { githubRenderer } from './github.js';
import { type ManifestFacts, manifestText } from './manifest.js';
import { Phases, Progress, type Timing } from './phases.js';
import { Redactor, redacting } from './redact.js';
import type { Renderer } from './renderer.js';
import { type BuildFacts, factRows, replaceFile, summaryText } from './summary.js';
import { outputsFile, terminalRenderer } from './terminal.js';

/**
 * Log, outputs, summary and manifest of a build. Masked secrets appear in none of them, except in outputs.
 */
export interface Report {
  /** Runs a part of the work under a title and times it. An inner phase is a line of the outer one. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>;
  info(line: string): void;
  /** Shown only if debugging is enabled. */
  debug(line: string): void;
  /** Shows debug lines as info lines from now on. */
  enableDebug(): void;
  notice(line: string): void;
  warn(line: string): void;
  /** Shows a line of a user's script. The runner does not interpret it. */
  script(line: string): void;
  /**
   * Reports one poll of a wait; shown from 10 s on, about every 10 s, or every minute in a queue.
   * @param isQueued whether it waits for a resource in a queue
   */
  progress(
    what: string,
    state: string,
    percent: number | undefined,
    seconds: number,
    isQueued?: boolean,
  ): void;
  /** Runs an undo under a title. The title is in parentheses if an error is the reason. */
  undoing<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Shows why the build failed, in one annotation. The caller sets the exit code. */
  failed(error: unknown): void;
  mask(secret: string): void;
  output(name: OutputName, value: string): void;
  /** Saves a value for the post step. Has no effect outside a workflow. */
  saveState(name: string, value: string): void;
  timings(): readonly Timing[];
  /** Shows the closing lines of a successful build, and appends to the summary of the step. */
  summary(facts: BuildFacts): void;
  /** Writes the manifest and sets the output that names it. */
  manifest(path: string, facts: ManifestFacts): void;
}

export interface ReportOptions {
  /** The environment of the process, because the runner's library reads that one. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number;
  /** Masked before anything is written. */
  readonly secrets?: readonly string[];
  /** Runs a function with the rights of the runner's user, for files of that user. */
  readonly asUser?: <T>(write: () => T) => T;
  /** Whether stdout is a terminal. Then the output has colour unless NO_COLOR is set. */
  readonly isTerminal?: boolean;
  /** File for outputs outside a workflow. */
  readonly outputs?: string | undefined;
}

async function rendererFor({
  environment,
  write,
  isTerminal = false,
  outputs,
}: ReportOptions): Promise<Renderer> {
  // A test of an action may set only the files of the runner.
  if (environment.GITHUB_ACTIONS === 'true' || environment.GITHUB_OUTPUT)
    return await githubRenderer(write, environment.GITHUB_WORKSPACE);
  return terminalRenderer(write, {
    colour: isTerminal && !environment.NO_COLOR,
    verbose: environment.RUNNER_DEBUG === '1',
    ...(outputs === undefined ? {} : { output: outputsFile(outputs) }),
  });
}

/** Creates the report: for the log of a workflow if there is one, else for a terminal. */
export async function createReport(options: ReportOptions): Promise<Report> {
  const { environment, clock, asUser = (write) => write() } = options;
  const redactor = new Redactor();
  const renderer = redacting(await rendererFor(options), redactor);
  const phases = new Phases(renderer, clock);
  const progress = new Progress();
  const begin = clock();
  let debugging = false;
  for (const secret of options.secrets ?? []) renderer.mask(secret);

  const output = (name: OutputName, value: string): void => asUser(() => renderer.output(name, value));
  /** Writes a file when the OMI exists already: an error is a warning and does not fail the build. */
  const write = (what: string, file: () => void): boolean => {
    try {
      asUser(file);
      return true;
    } catch (error) {
      renderer.warn(`${what} cannot be written: ${describe(error)}`);
      return false;
    }
  };
  return {
    phase: async (title, work) => await phases.run(title, work),
    undoing: async (title, work) => await phases.undoing(title, work),
    info: (line) => renderer.line(line),
    debug: (line) => (debugging ? renderer.line(line) : renderer.debug(line)),
    enableDebug: () => {
      debugging = true;
    },
    notice: (line) => renderer.notice(line),
    warn: (line) => renderer.warn(line),
    script: (line) => renderer.script(line),
    mask: (secret) => renderer.mask(secret),
    progress(what, state, percent, seconds, isQueued) {
      const line = progress.line(what, state, percent, seconds, isQueued);
      if (line !== undefined) renderer.line(line);
    },
    failed: (error) => renderer.failure(phases.failed ?? 'build-omi', failureOf(error)),
    output,
    saveState: (name, value) => asUser(() => renderer.saveState(name, value)),
    timings: () => phases.timings,
    summary(facts) {
      const total = clock() - begin;
      renderer.closing([...factRows(facts), ['Total', duration(total)]]);
      const path = environment.GITHUB_STEP_SUMMARY;
      const text = redactor.clean(summaryText(facts, phases.timings, total));
      if (path) write('the summary', () => appendFileSync(path, text));
    },
    manifest(path, facts) {
      const text = redactor.clean(manifestText(facts, phases.timings, clock() - begin, phases.failed));
      if (write('the manifest', () => replaceFile(path, text))) output('manifest', path);
    },
  };
}
