/** How one kind of reader is shown things: the log of a workflow, or a terminal. All text is free of secrets. */
export interface Renderer {
  /** A phase begins; what follows belongs to it. */
  open(title: string): void;
  close(title: string, time: string, failed: boolean): void;
  line(text: string): void;
  debug(text: string): void;
  notice(text: string): void;
  warn(text: string): void;
  /** A line of a user's script, as it is. */
  script(text: string): void;
  /** Why the build failed: what, and the lines that tell more. */
  failure(title: string, message: string): void;
  /** The closing lines of a build that succeeded: names and what they are called. */
  closing(rows: readonly Row[]): void;
  mask(secret: string): void;
  output(name: string, value: string): void;
  saveState(name: string, value: string): void;
}

export type Row = readonly [label: string, value: string];

/** The lines of a text: the runner ends a line at a carriage return too. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
