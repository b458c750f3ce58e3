import { refuse } from './issues.js';
import { type Notice, readParts, type Type } from './type.js';

/** The commands that read options: a whole build, its two halves, and those about builds or OMIs. */
export type CommandName = 'build' | 'mount' | 'commit' | 'abort' | 'shell' | 'find' | 'prune';

/** The properties of an option besides its name and type. */
export interface Facts {
  /** Its description in the documentation: one or two sentences, Markdown. */
  readonly text: string;
  /** The option is required; this text ends the hint "write …". */
  readonly required?: string;
  /** The default as documentation text, if it is computed later or is unreadable as a value. */
  readonly otherwise?: string;
  /** The value is masked before anything is logged, and never appears in a message. */
  readonly secret?: true;
  /** The commands that have the option, if they differ from those of its group. */
  readonly commands?: readonly CommandName[];
  /** The value is a template, rendered when its data is known; the names of that data, without the dot. */
  readonly template?: readonly string[];
  /** Braces in the value are ordinary text. A list: in these fields of its items. */
  readonly literal?: true | readonly string[];
  /** Environment variables to read if the option is not set, in this order. */
  readonly variables?: readonly string[];
  /** The profile field to read if no variable is set either. */
  readonly profileField?: string;
}

export interface Option<T> extends Facts {
  readonly type: Type<T>;
  readonly default?: T;
}

export type Group = Readonly<Record<string, Option<unknown>>>;

/** The values of a group: its option names, each with the type of its option. */
export type Values<G extends Group> = {
  readonly [Name in keyof G]: G[Name] extends Option<infer T> ? T : never;
};

/** One option of a table. Its value can be undefined if it has no default and is not required. */
export function option<T>(type: Type<T>, facts: Facts & { readonly default: NoInfer<T> }): Option<T>;
export function option<T>(type: Type<T>, facts: Facts & { readonly required: string }): Option<T>;
export function option<T>(type: Type<T>, facts: Facts): Option<T | undefined>;
export function option<T>(type: Type<T>, facts: Facts): Option<T | undefined> {
  return { type, ...facts };
}

/** Options that belong together, or the fields of a map value. */
export const group = <G extends Group>(options: G): G => options;

/**
 * Reads all options of a group and reports all their problems in one error.
 * @param given returns the value of an option by its name; undefined if it is not set
 * @throws InvalidValueError whose problems each begin with the name of their option
 */
export async function readGroup<G extends Group>(
  options: G,
  given: (name: string) => unknown,
  notice?: Notice,
): Promise<Values<G>> {
  const parts = Object.entries(options).map(
    ([name, one]) =>
      [name, async () => [name, await readOption(one, given(name), { notice })] as const] as const,
  );
  const values = Object.fromEntries(await readParts(parts));
  if (!isComplete(options, values)) throw new TypeError('option values are incomplete');
  return values;
}

/** The value of an option, or its default. @throws InvalidValueError */
export async function readOption(
  one: Option<unknown>,
  value: unknown,
  { notice, isRequired = true }: { readonly notice?: Notice | undefined; readonly isRequired?: boolean } = {},
): Promise<unknown> {
  if (value !== undefined) return await one.type.read(value, notice);
  return one.required === undefined || !isRequired
    ? one.default
    : refuse('is missing', `write ${one.required}`);
}

/** Each value was read by its own option, so a complete set of values has the right types. */
function isComplete<G extends Group>(options: G, values: Record<string, unknown>): values is Values<G> {
  return Object.keys(options).every((name) => Object.hasOwn(values, name));
}

/** The name of an option as an action input and as a flag: `omi-name` for `omi_name`. */
export const kebab = (name: string): string => name.replaceAll('_', '-');
