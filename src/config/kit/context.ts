import type { CommandName } from './option.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked where an option is not given. */
export interface ReadContext {
  readonly environment: Environment;
  /** Home directory of the user whose `.osc/config.json` counts. */
  readonly home: string;
  /** The text of a file, undefined if there is none. */
  readonly readFile: (path: string) => string | undefined;
  /** Which way in it is; a whole build unless given. */
  readonly command?: CommandName;
  /** The names that the way in was given, known or not; none where it refuses unknown ones by itself. */
  readonly names?: readonly string[];
  /** Gets what is worth knowing and is no mistake. */
  readonly notice?: (line: string) => void;
  /** A value of the metadata service; rejects when there is none. */
  readonly metadata?: (endpoint: string, path: string, signal: AbortSignal) => Promise<string>;
  /** Gets every secret that a file holds, before anything is said about it. */
  readonly mask?: (secret: string) => void;
}

/** A variable that is set to nothing counts as not set. */
export const variable = (environment: Environment, name: string): string | undefined =>
  environment[name] || undefined;
