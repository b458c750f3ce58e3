import type { Issue } from '../kit/issues.js';
import { legacyNames } from '../kit/legacy-names.js';
import { currentValue } from '../kit/legacy-values.js';
import { kebab } from '../kit/option.js';
import type { OptionsFile } from './file.js';

/** Returns the text of an option by its name as input or flag; undefined or empty if it is not set. */
export type Read = (name: string) => string | undefined;

/** A value as the user wrote it, before its type reads it. */
export interface RawValue {
  /** Text, or parsed YAML. */
  readonly value: unknown;
  /** The name of a part of it in messages, with its position if it comes from a file. */
  readonly called: (at: readonly string[]) => string;
}

const isSet = (value: unknown): boolean =>
  value !== undefined && (typeof value !== 'string' || value.trim() !== '');

const spellings = (name: string): string[] => [
  name,
  ...Object.keys(legacyNames).filter((legacy) => legacyNames[legacy] === name),
];

/**
 * All values that the user wrote for an option; the first one is used. An input overrides the file, and the
 * current name overrides a legacy name.
 */
export function rawValuesOf(name: string, read: Read, file: OptionsFile | undefined): RawValue[] {
  const inputs = spellings(name).flatMap((spelling) => {
    const text = read(kebab(spelling)) ?? (spelling === name ? undefined : read(spelling));
    return isSet(text) ? [{ value: currentValue(spelling, text), called: () => kebab(spelling) }] : [];
  });
  const keys = spellings(name).flatMap((spelling) => {
    const value = file?.values.get(spelling);
    if (!isSet(value)) return [];
    return [
      {
        value: currentValue(spelling, value),
        called: (at: readonly string[]) => `${spelling} (${file?.location([spelling, ...at])})`,
      },
    ];
  });
  return inputs.length > 0 ? inputs : keys;
}

/** Issues of an option that is set under two of its names. */
export function duplicateValues(all: readonly RawValue[]): Issue[] {
  const [used, ...rest] = all;
  if (used === undefined) return [];
  return rest.map(({ called }) => ({
    option: called([]),
    problem: `is the same option as ${used.called([])}`,
    fix: 'set it once',
  }));
}
