import type { Issue } from '../kit/issues.js';
import { legacyNames } from '../kit/legacy-names.js';
import { kebab } from '../kit/option.js';
import type { OptionsFile } from './file.js';

/** The text of an option by its name, as one way in has it; undefined or empty where it is not given. */
export type Read = (name: string) => string | undefined;

/** A value that a user wrote. */
export interface RawValue {
  /** Text, or what YAML made of a larger text. */
  readonly value: unknown;
  /** How a part of it is named in messages, with its place if it comes from a file. */
  readonly called: (at: readonly string[]) => string;
}

const isThere = (value: unknown): boolean =>
  value !== undefined && (typeof value !== 'string' || value.trim() !== '');

const spellings = (name: string): string[] => [
  name,
  ...Object.keys(legacyNames).filter((legacy) => legacyNames[legacy] === name),
];

/** All that was written for an option: what counts comes first. An input wins over the file, a new name over an older one. */
export function rawValuesOf(name: string, read: Read, file: OptionsFile | undefined): RawValue[] {
  const inputs = spellings(name).flatMap((spelling) => {
    const text = read(kebab(spelling)) ?? (spelling === name ? undefined : read(spelling));
    return isThere(text) ? [{ value: text, called: () => kebab(spelling) }] : [];
  });
  const keys = spellings(name).flatMap((spelling) => {
    const value = file?.values.get(spelling);
    if (!isThere(value)) return [];
    return [{ value, called: (at: readonly string[]) => `${spelling} (${file?.place([spelling, ...at])})` }];
  });
  return inputs.length > 0 ? inputs : keys;
}

/** An option that was written under two of its names in one place. */
export function duplicateValues(all: readonly RawValue[]): Issue[] {
  const [counts, ...rest] = all;
  if (counts === undefined) return [];
  return rest.map(({ called }) => ({
    option: called([]),
    problem: `is the same option as ${counts.called([])}`,
    fix: 'give it once',
  }));
}
