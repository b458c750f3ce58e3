import { checkTogether } from './checks.js';
import type { Known } from './known.js';
import { createLookup } from './lookup.js';
import { ConfigError, type Fault, type Mistake, mistakeOf, Refused } from './mistake.js';
import { kebab } from './names.js';
import { type Group, readGroup } from './option.js';
import { findProfile } from './profile.js';
import { allOptions, type BuildConfig, table } from './table.js';
import { readParts } from './types/type.js';

/** The text of an option by its kebab-case name, as one way in has it; undefined or empty where it is not given. */
export type Read = (name: string) => string | undefined;

/**
 * Makes the configuration of a build from text, once. Where an option is not given, its variables and its field
 * of the profile are asked.
 * @throws ConfigError with every mistake, each naming its option
 */
export async function readConfig(read: Read, known: Known): Promise<BuildConfig> {
  const given = (name: string): string | undefined => {
    if (!Object.hasOwn(allOptions, name)) return undefined;
    const text = read(kebab(name));
    return text === undefined || text.trim() === '' ? undefined : text;
  };
  const profile = await attempt(
    () => findProfile(given('profile'), known),
    (fault) => mistakeOf('profile', fault),
  );
  const find = createLookup(given, known.environment, profile.value);
  const found = (name: string): string | undefined => find(name)?.text;
  const called = (name: string): string => {
    const from = find(name)?.from;
    return from === undefined ? kebab(name) : `${kebab(name)} (from ${from})`;
  };
  const config = await attempt(
    async () => await readTable(found),
    ({ at: [, name = '', ...rest], ...fault }) => mistakeOf(called(name), { ...fault, at: rest }),
  );
  const mistakes = [
    ...(known.unknown ?? []),
    ...profile.mistakes,
    ...config.mistakes,
    ...checkTogether({ given, found, called }),
  ];
  if (config.value === undefined || mistakes.length > 0) throw new ConfigError(mistakes);
  return config.value;
}

interface Attempt<T> {
  readonly value: T | undefined;
  readonly mistakes: readonly Mistake[];
}

async function attempt<T>(work: () => T | Promise<T>, told: (fault: Fault) => Mistake): Promise<Attempt<T>> {
  try {
    return { value: await work(), mistakes: [] };
  } catch (error) {
    if (error instanceof Refused) return { value: undefined, mistakes: error.faults.map(told) };
    throw error;
  }
}

async function readTable(found: (name: string) => string | undefined): Promise<BuildConfig> {
  const parts = Object.entries(table).map(
    ([name, options]) => [name, async () => [name, await readGroup<Group>(options, found)] as const] as const,
  );
  const values = Object.fromEntries(await readParts(parts));
  if (!isConfig(values)) throw new TypeError('a group of options was not read');
  return values;
}

/** Each group came from the reader of its own options, so having all of them is having the right ones. */
function isConfig(values: Readonly<Record<string, unknown>>): values is BuildConfig {
  return Object.keys(table).every((name) => Object.hasOwn(values, name));
}
