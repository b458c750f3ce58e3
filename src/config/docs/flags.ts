import { describeDefault, description } from '../kit/describe.js';
import { type CommandName, type Group, kebab, type Option } from '../kit/option.js';
import { access } from '../options/access.js';
import { type BuildConfig, optionsOf, table } from '../options/table.js';

/** The options that one half of a build takes over from the other. */
const inheritedByCommit = new Set([...Object.keys(table.image), 'snapshot_timeout', 'image_timeout']);

/** The options of a way in, with what holds there without them. */
export const documentedOptions = (command: CommandName): Group =>
  Object.fromEntries(
    Object.entries(optionsOf(command)).map(([name, one]) => [
      name,
      inheritedByCommit.has(name) ? documented(command, one) : one,
    ]),
  );

function documented(command: CommandName, one: Option<unknown>): Option<unknown> {
  const { required, ...rest } = one;
  if (command === 'mount' && required !== undefined)
    return { ...rest, otherwise: 'none; then `commit` has to give it' };
  if (command === 'commit') {
    const text =
      required === undefined ? `, else ${describeDefault(one) || 'none'}` : '; one of them has to give it';
    return { ...rest, otherwise: `what \`mount\` was given${text}` };
  }
  return one;
}

/** An option as the command line shows it. */
export interface OptionFlag {
  /** Kebab-case, without the leading hyphens. */
  readonly name: string;
  /** What stands for the value in help: `path`, `GiB`. */
  readonly placeholder: string;
  readonly description: string;
}

/** Options as flags. */
export const flagsOf = (options: Group): OptionFlag[] =>
  Object.entries(options).map(([name, one]) => ({
    name: kebab(name),
    placeholder: one.type.placeholder,
    description: description(one),
  }));

/** The options of a way in as flags, in the order of the tables. */
export const optionFlags = (command: CommandName): OptionFlag[] => flagsOf(documentedOptions(command));

/** A command line is seen by everybody. */
const keys = ['access_key', 'secret_key', 'token'];

/** The flags by which another command reaches the same cloud and VM, but for the keys and what has its default. */
export const accessFlags = (config: BuildConfig['access']): string[] =>
  Object.entries(config).flatMap(([name, value]) => {
    if (keys.includes(name) || value === undefined || value === defaults.get(name)) return [];
    return [`--${kebab(name)}`, String(value)];
  });

const defaults: ReadonlyMap<string, unknown> = new Map(
  Object.entries(access).map(([name, one]) => [name, one.default]),
);
