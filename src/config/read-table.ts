import type { RawValue } from './input/raw-value.js';
import { refuseTemplates } from './input/refuse-templates.js';
import type { ReadContext } from './kit/context.js';
import { type InvalidValue, InvalidValueError, type Issue, issueOf } from './kit/issues.js';
import { kebab, readOption } from './kit/option.js';
import { type BuildConfig, optionsOf, type PartialConfig, table } from './options/table.js';

/** The result of `attempt`: a value, or issues. */
export interface Attempt<T> {
  readonly value: T | undefined;
  readonly issues: readonly Issue[];
}

/** The result of a function, or the issues of its InvalidValueError; any other error is rethrown. */
export async function attempt<T>(
  work: () => T | Promise<T>,
  toIssue: (invalid: InvalidValue) => Issue,
): Promise<Attempt<T>> {
  try {
    return { value: await work(), issues: [] };
  } catch (error) {
    if (error instanceof InvalidValueError) return { value: undefined, issues: error.invalid.map(toIssue) };
    throw error;
  }
}

/** The options that were read, and the issues of the others. */
export interface ReadTable {
  readonly config: PartialConfig;
  readonly issues: readonly Issue[];
}

/** Reads every option; an invalid one is omitted from its group. */
export async function readTable(
  find: (name: string) => RawValue | undefined,
  { notice, command = 'build' }: ReadContext,
): Promise<ReadTable> {
  const available = optionsOf(command);
  const issues: Issue[] = [];
  const groups: [string, object][] = [];
  for (const [name, options] of Object.entries(table)) {
    const values: [string, unknown][] = [];
    for (const [option, one] of Object.entries(options)) {
      const found = available[option] === undefined ? undefined : find(option);
      const called = (at: readonly string[]): string => found?.called(at) ?? kebab(option);
      const result = await attempt(
        async () => {
          // Before the type reads it, whose message would not mention the template.
          if (!Array.isArray(one.literal)) refuseTemplates(one, found?.value);
          // Of mount and commit, either one may set an option that a whole build requires.
          const value = await readOption(one, found?.value, {
            notice: (line) => notice?.(`${called([])}: ${line}`),
            isRequired: command === 'build',
          });
          if (Array.isArray(one.literal) && found !== undefined) refuseTemplates(one, value);
          return value;
        },
        (invalid) => issueOf(called(invalid.at), invalid),
      );
      issues.push(...result.issues);
      if (result.issues.length === 0) values.push([option, result.value]);
    }
    groups.push([name, Object.fromEntries(values)]);
  }
  return { config: Object.fromEntries(groups), issues };
}

/**
 * Whether groups have all their options. Each value was read by its own option, so a complete group has the
 * right types.
 */
export function isComplete(config: PartialConfig, groups: readonly string[]): config is BuildConfig {
  return Object.entries(table).every(([name, options]) => {
    const group = Object.entries(config).find(([one]) => one === name)?.[1] ?? {};
    return !groups.includes(name) || Object.keys(options).every((option) => Object.hasOwn(group, option));
  });
}
