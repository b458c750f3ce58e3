import { refuse } from './issues.js';
import { type Notice, readParts, type Type } from './type.js';

/** What options are given to: a whole build, the halves of one, and giving one up. */
export type CommandName = 'build' | 'mount' | 'commit' | 'abort';

/** What is told about an option besides its name and type. */
export interface Facts {
  /** What it is for, one or two sentences for people; Markdown. */
  readonly text: string;
  /** It must be given: what to write, as the sentence "write …" ends. */
  readonly required?: string;
  /** Its work is not done yet: it has its default, and nobody is offered it. */
  readonly upcoming?: true;
  /** The default in words, where it is worked out later or reads badly as a value. */
  readonly otherwise?: string;
  /** Never shown, and masked before anything is printed. */
  readonly secret?: true;
  /** The ways in that have it, where it is not those of its group. */
  readonly commands?: readonly CommandName[];
  /** Its text is a template, filled in when the build knows the data. */
  readonly template?: true;
  /** Environment variables that are asked, in this order, when it is not given. */
  readonly variables?: readonly string[];
  /** The field of the profile that is asked last. */
  readonly profileField?: string;
}

export interface Option<T> extends Facts {
  readonly type: Type<T>;
  readonly default?: T;
}

export type Group = Readonly<Record<string, Option<unknown>>>;

/** What reading a group gives: its names, each with the type of its option. */
export type Values<G extends Group> = {
  readonly [Name in keyof G]: G[Name] extends Option<infer T> ? T : never;
};

/** One line of an option table. Without a default, and not required, its value can be undefined. */
export function option<T>(type: Type<T>, facts: Facts & { readonly default: NoInfer<T> }): Option<T>;
export function option<T>(type: Type<T>, facts: Facts & { readonly required: string }): Option<T>;
export function option<T>(type: Type<T>, facts: Facts): Option<T | undefined>;
export function option<T>(type: Type<T>, facts: Facts): Option<T | undefined> {
  return { type, ...facts };
}

/** The options of one concern; also the fields of a map that is one value. */
export const group = <G extends Group>(options: G): G => options;

/**
 * Reads all options of a group, so that whatever is wrong in any of them is told at once.
 * @param given the value of an option by its name; undefined where it is not given
 * @throws Refused; each fault begins with the name of its option
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
  if (!isComplete(options, values)) throw new TypeError('an option was not read');
  return values;
}

/** The value of an option, or its default. @throws Refused */
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

/** Each value came from the reader of its own option, so having all of them is having the right ones. */
function isComplete<G extends Group>(options: G, values: Record<string, unknown>): values is Values<G> {
  return Object.keys(options).every((name) => Object.hasOwn(values, name));
}

/** The name of an option as an action input and as a flag spell it: `omi_name` is `omi-name` there. */
export const kebab = (name: string): string => name.replaceAll('_', '-');
