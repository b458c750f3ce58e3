import type { Failure } from './failure.js';

/** Output format: the log of a workflow, or a terminal. All text is free of secrets. */
export interface Renderer {
  /** Starts a phase. The following lines belong to it. */
  open(title: string): void;
  close(title: string, time: string, failed: boolean): void;
  line(text: string): void;
  debug(text: string): void;
  notice(text: string): void;
  warn(text: string): void;
  /** A line of a user's script, unchanged. */
  script(text: string): void;
  /** Why the build failed. */
  failure(title: string, failure: Failure): void;
  /** The closing lines of a successful build: labels and values. */
  closing(rows: readonly Row[]): void;
  mask(secret: string): void;
  output(name: string, value: string): void;
  saveState(name: string, value: string): void;
}

export type Row = readonly [label: string, value: string];

/** Splits a text into lines. The runner ends a line at a carriage return too. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
