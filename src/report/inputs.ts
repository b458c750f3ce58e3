type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The inputs of the action as the runner passes them: `omi-name` is in `INPUT_OMI-NAME`. The line break that a
 * YAML block leaves at the end is taken off, the rest is as written; an empty input is not given.
 */
export const inputReader =
  (environment: Environment) =>
  (name: string): string | undefined =>
    environment[`INPUT_${name.toUpperCase()}`]?.replace(/(\r?\n)+$/, '') || undefined;

/** What main left for post under a name, by `saveState`. */
export const savedState = (environment: Environment, name: string): string | undefined =>
  environment[`STATE_${name}`] || undefined;
