import type { Failure } from './failure.js';
import type { Poll } from './progress.js';
import type { FinishedStage, Stage } from './stages.js';

/** Output format: the log of a workflow, a terminal, or JSON lines. All text is free of secrets. */
export interface Renderer {
  /** The first line. @param what what runs: `build ba4dcb2d3b10` */
  begin(version: string, what: string): void;
  /** A fact about the build that is known before its first stage has ended. */
  fact(label: string, text: string): void;
  open(stage: Stage): void;
  close(stage: FinishedStage): void;
  /** A poll of a wait. @param isDue whether a line is due where lines cannot be rewritten */
  progress(poll: Poll, isDue: boolean): void;
  line(text: string): void;
  debug(text: string): void;
  notice(text: string): void;
  warn(text: string): void;
  /** A line of a user's script, unchanged. */
  script(text: string): void;
  /** Why the build failed. */
  failure(title: string, failure: Failure): void;
  /** The last lines of a successful build. */
  closing(end: Closing): void;
  mask(secret: string): void;
  output(name: string, value: string): void;
  saveState(name: string, value: string): void;
}

/** The result of a successful build. */
export interface Closing {
  readonly verb: 'built' | 'mounted' | 'reused';
  /** The main result: an ID or a path. */
  readonly id: string;
  /** Its name or location. */
  readonly name?: string | undefined;
  readonly region: string;
  readonly ms: number;
  /** What to do next, a line each. */
  readonly next: readonly string[];
}

/** Splits a text into lines. The runner ends a line at a carriage return too. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
