import { appendFileSync } from 'node:fs';
import { describe } from '../common/errors.js';
import type { OutputName } from '../config/kit/outputs.js';
import { duration } from './duration.js';
import type { BuildFacts, Timing } from './facts.js';
import { failureText } from './failure.js';
import { githubRenderer } from './github.js';
import { manifestText, replaceFile } from './manifest.js';
import { outputsFile } from './outputs-file.js';
import { Phases } from './phases.js';
import { Progress } from './progress.js';
import { Redactor, redacting } from './redact.js';
import type { Renderer } from './renderer.js';
import { factRows, summaryText } from './summary.js';
import { terminalRenderer } from './terminal.js';

/** All that is seen of a build. No secret that was masked is in any of it. */
export interface Report {
  /** Does a part of the work under a title and times it. A phase inside another is a line of the outer one. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>;
  info(line: string): void;
  /** Seen only where debugging is asked for. */
  debug(line: string): void;
  /** Debugging is asked for: from here on debug lines are lines like any other. */
  enableDebug(): void;
  notice(line: string): void;
  warn(line: string): void;
  /** A line that a user's script wrote; it cannot speak to the runner. */
  script(line: string): void;
  /** A look at something that is waited for; shown from 10 s on, about every 10 s. */
  progress(what: string, state: string, percent: number | undefined, seconds: number): void;
  /** Undoes something. While an error is on its way up the title is in parentheses. */
  undoing<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Says why the build failed, in one annotation. The exit code is the caller's. */
  failed(error: unknown): void;
  mask(secret: string): void;
  output(name: OutputName, value: string): void;
  /** Leaves something for post; nothing happens where there is none. */
  saveState(name: string, value: string): void;
  timings(): readonly Timing[];
  /** The last lines of a build that succeeded, and the summary of the step. */
  summary(facts: BuildFacts): void;
  /** Writes the manifest and sets the output that names it. */
  manifest(path: string, facts: BuildFacts): void;
}

export interface ReportOptions {
  /** That of the process: the runner's library reads it too. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes to stdout. */
  readonly write: (text: string) => void;
  /** Milliseconds that never jump. */
  readonly clock: () => number;
  /** Masked before anything is written. */
  readonly secrets?: readonly string[];
  /** Writes a file of the runner's user, with that user's rights. */
  readonly asUser?: <T>(write: () => T) => T;
  /** Whether stdout is a terminal, where colour is welcome unless NO_COLOR is set. */
  readonly isTerminal?: boolean;
  /** A file for outputs, where no workflow takes them. */
  readonly outputs?: string | undefined;
}

async function rendererFor({
  environment,
  write,
  isTerminal = false,
  outputs,
}: ReportOptions): Promise<Renderer> {
  // A test of an action may set the files alone.
  if (environment.GITHUB_ACTIONS === 'true' || environment.GITHUB_OUTPUT) return await githubRenderer(write);
  return terminalRenderer(write, {
    colour: isTerminal && !environment.NO_COLOR,
    verbose: environment.RUNNER_DEBUG === '1',
    ...(outputs === undefined ? {} : { output: outputsFile(outputs) }),
  });
}

/** Starts reporting: in the form of a workflow's log where there is one, else for a terminal. */
export async function createReport(options: ReportOptions): Promise<Report> {
  const { environment, clock, asUser = (write) => write() } = options;
  const redactor = new Redactor();
  const renderer = redacting(await rendererFor(options), redactor);
  const phases = new Phases(renderer, clock);
  const progress = new Progress();
  const begin = clock();
  let all = false;
  for (const secret of options.secrets ?? []) renderer.mask(secret);

  const output = (name: OutputName, value: string): void => asUser(() => renderer.output(name, value));
  /** What is written when the OMI is there already does not fail the build any more. */
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
    debug: (line) => (all ? renderer.line(line) : renderer.debug(line)),
    enableDebug: () => {
      all = true;
    },
    notice: (line) => renderer.notice(line),
    warn: (line) => renderer.warn(line),
    script: (line) => renderer.script(line),
    mask: (secret) => renderer.mask(secret),
    progress(what, state, percent, seconds) {
      const line = progress.line(what, state, percent, seconds);
      if (line !== undefined) renderer.line(line);
    },
    failed: (error) => renderer.failure(phases.failed ?? 'build-omi', failureText(error)),
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
      const text = redactor.clean(manifestText(facts, phases.timings, clock() - begin));
      if (write('the manifest', () => replaceFile(path, text))) output('manifest', path);
    },
  };
}
