import { type InvalidValue, InvalidValueError } from './issues.js';

/** Receives a message about a value that is valid but worth a notice. */
export type Notice = (line: string) => void;

/** The type of an option: how its values are read and documented. */
export interface Type<T> {
  /** Its name in the documentation: `text`, `list of paths`. */
  readonly name: string;
  /** The placeholder in `--flag <placeholder>`. */
  readonly placeholder: string;
  /** JSON Schema of its values, for editors; any scalar if undefined. */
  readonly schema?: object;
  /**
   * Reads the value of an input, flag or file: text, or parsed YAML (arrays and Maps whose leaves are text).
   * @throws InvalidValueError with every problem
   */
  read(value: unknown, notice?: Notice): T | Promise<T>;
}

/** A part of a value: its path, and the function that reads it. */
type Part<T> = readonly [at: string, read: () => T | Promise<T>];

/** Reads all parts and reports all their problems in one error. @throws InvalidValueError */
export async function readParts<T>(parts: readonly Part<T>[]): Promise<T[]> {
  const values: T[] = [];
  const invalid: InvalidValue[] = [];
  for (const [at, read] of parts) {
    try {
      values.push(await read());
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      invalid.push(...error.invalid.map((one) => ({ ...one, at: [at, ...one.at] })));
    }
  }
  if (invalid.length > 0) throw new InvalidValueError(invalid);
  return values;
}
