import type { OutputName } from '../config/kit/outputs.js';
import type { BuildFacts, ManifestFacts } from './manifest.js';
import type { Timing } from './phases.js';
import type { Released, Remains } from './released.js';

/**
 * Log, outputs, summary and manifest of a build. Masked secrets appear in none of them, except in outputs.
 */
export interface Report {
  /** Shows the first line. @param build its ID, if a build runs */
  begin(command: string, build?: string): void;
  /** Shows a fact about the build before its first stage has ended, such as its source. */
  fact(label: string, text: string): void;
  /** Shows what the build makes, and where. */
  target(name: string | undefined, location: string): void;
  /** Runs a part of the work under a title and times it. An inner phase belongs to the outer one. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Adds to what the line of the current phase says when it has ended. */
  result(text: string): void;
  info(line: string): void;
  /** Shown only if debugging is enabled. */
  debug(line: string): void;
  /** Shows debug lines as info lines from now on, and each line at once. */
  enableDebug(): void;
  notice(line: string): void;
  warn(line: string): void;
  /** Shows a line of a user's script. The runner does not interpret it. */
  script(line: string): void;
  /**
   * Reports one poll of a wait; a line is shown from 10 s on, about every 10 s, or every minute in a queue.
   * @param isQueued whether it waits for a resource in a queue
   */
  progress(
    what: string,
    state: string,
    percent: number | undefined,
    seconds: number,
    isQueued?: boolean,
  ): void;
  /** Runs an undo under a title. @param released what it does to a resource of the cloud */
  undoing<T>(title: string, work: () => Promise<T>, released?: Released): Promise<T>;
  /**
   * Shows why the build failed, in one annotation and in the summary of the step. The caller sets the exit
   * code.
   * @param end what remains; undefined for a command that builds nothing
   */
  failed(error: unknown, end?: FailedEnd): void;
  mask(secret: string): void;
  output(name: OutputName, value: string): void;
  /** Saves a value for the post step. Has no effect outside a workflow. */
  saveState(name: string, value: string): void;
  timings(): readonly Timing[];
  /**
   * Shows the last lines of a successful build, and appends to the summary of the step.
   * @param next what to do next, a line each
   */
  summary(facts: BuildFacts, next?: readonly string[]): void;
  /** Writes the manifest and sets the output that names it. */
  manifest(path: string, facts: ManifestFacts): void;
}

/** How a failed build ended. */
export interface FailedEnd extends Remains {
  /** Whether `on_failure: keep` would have kept the volume. */
  readonly mayKeep: boolean;
}
