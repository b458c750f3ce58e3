import { type InvalidValue, InvalidValueError } from './issues.js';

/** Gets what is worth knowing of a value and is no mistake. */
export type Notice = (line: string) => void;

/** How the values of an option are read. */
export interface Type<T> {
  /** As the docs name it: `text`, `list of paths`. */
  readonly name: string;
  /** One word for `--flag <word>`. */
  readonly placeholder: string;
  /** What an editor takes as its value, JSON Schema; any text where there is none. */
  readonly schema?: object;
  /**
   * Reads what a way in gave: text, or what YAML made of a larger text (arrays and Maps down to text).
   * @throws Refused with everything that is wrong
   */
  read(value: unknown, notice?: Notice): T | Promise<T>;
}

/** A part of a value: where it is, and how to read it. */
type Part<T> = readonly [at: string, read: () => T | Promise<T>];

/** Reads all parts, so that whatever is wrong in any of them is told at once. @throws Refused */
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
