import type { Given } from './input/raw-value.js';
import type { Known } from './kit/context.js';
import { type Fault, type Mistake, mistakeOf, Refused } from './kit/issues.js';
import { kebab } from './kit/names.js';
import { readOption } from './kit/option.js';
import { type BuildConfig, optionsOf, type PartialConfig, table } from './options/table.js';

export interface Attempt<T> {
  readonly value: T | undefined;
  readonly mistakes: readonly Mistake[];
}

/** What the work gave, or what is wrong with what it was given; any other error is thrown on. */
export async function attempt<T>(
  work: () => T | Promise<T>,
  told: (fault: Fault) => Mistake,
): Promise<Attempt<T>> {
  try {
    return { value: await work(), mistakes: [] };
  } catch (error) {
    if (error instanceof Refused) return { value: undefined, mistakes: error.faults.map(told) };
    throw error;
  }
}

/** The options that could be read, and the mistakes in the others. */
export interface ReadTable {
  readonly config: PartialConfig;
  readonly mistakes: readonly Mistake[];
}

/** Reads every option; one that cannot be read is left out of its group. */
export async function readTable(
  find: (name: string) => Given | undefined,
  { notice, command = 'build' }: Known,
): Promise<ReadTable> {
  const offers = optionsOf(command);
  const mistakes: Mistake[] = [];
  const groups: [string, object][] = [];
  for (const [name, options] of Object.entries(table)) {
    const values: [string, unknown][] = [];
    for (const [option, one] of Object.entries(options)) {
      const found = offers[option] === undefined ? undefined : find(option);
      const called = (at: readonly string[]): string => found?.called(at) ?? kebab(option);
      const result = await attempt(
        async () =>
          // What a whole build must be given, the other half may have been given.
          await readOption(one, found?.value, {
            notice: (line) => notice?.(`${called([])}: ${line}`),
            isRequired: command === 'build',
          }),
        (fault) => mistakeOf(called(fault.at), fault),
      );
      mistakes.push(...result.mistakes);
      if (result.mistakes.length === 0) values.push([option, result.value]);
    }
    groups.push([name, Object.fromEntries(values)]);
  }
  return { config: Object.fromEntries(groups), mistakes };
}

/** Whether groups have all their options. Each value came from the reader of its own option, so having all of them is having the right ones. */
export function isComplete(config: PartialConfig, groups: readonly string[]): config is BuildConfig {
  return Object.entries(table).every(([name, options]) => {
    const group = Object.entries(config).find(([one]) => one === name)?.[1] ?? {};
    return !groups.includes(name) || Object.keys(options).every((option) => Object.hasOwn(group, option));
  });
}
