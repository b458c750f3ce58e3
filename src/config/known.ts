import type { Mistake } from './mistake.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked where an option is not given. */
export interface Known {
  readonly environment: Environment;
  /** Home directory of the user whose `.osc/config.json` counts. */
  readonly home: string;
  /** The text of a file, undefined if there is none. */
  readonly readFile: (path: string) => string | undefined;
  /** What the way in found by itself: names that are no option. */
  readonly unknown?: readonly Mistake[];
}

/** A variable that is set to nothing counts as not set. */
export const variable = (environment: Environment, name: string): string | undefined =>
  environment[name] || undefined;
