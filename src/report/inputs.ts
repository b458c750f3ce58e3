type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads inputs of the action as the runner passes them: `omi-name` is in `INPUT_OMI-NAME`. Line breaks at the
 * end, which a YAML block adds, are removed. An empty input is undefined.
 */
export const inputReader =
  (environment: Environment) =>
  (name: string): string | undefined =>
    environment[`INPUT_${name.toUpperCase()}`]?.replace(/(\r?\n)+$/, '') || undefined;

/** Reads a value that the main step saved with `saveState`. */
export const savedState = (environment: Environment, name: string): string | undefined =>
  environment[`STATE_${name}`] || undefined;
