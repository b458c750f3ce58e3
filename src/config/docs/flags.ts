import { describeDefault, description } from '../kit/describe.js';
import { type CommandName, type Group, kebab, type Option } from '../kit/option.js';
import { access } from '../options/access.js';
import { type BuildConfig, type GroupName, optionsOf, table } from '../options/table.js';

/** The options that `commit` inherits from `mount` if it does not set them. */
const inheritedByCommit = new Set([
  ...Object.keys(table.image),
  'snapshot_timeout',
  'queue_timeout',
  'image_timeout',
]);

/** The options of a command, with the default text that applies to it. */
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
    return { ...rest, otherwise: 'none; then set it on `commit`' };
  if (command === 'commit') {
    const text =
      required === undefined ? `, else ${describeDefault(one) || 'none'}` : '; set it on one of them';
    return { ...rest, otherwise: `the value set on \`mount\`${text}` };
  }
  return one;
}

/** An option as a command line flag. */
export interface OptionFlag {
  /** Kebab-case, without the leading hyphens. */
  readonly name: string;
  /** The placeholder of the value in the help text: `path`, `GiB`. */
  readonly placeholder: string;
  readonly description: string;
  /** The title of the group that the option belongs to. */
  readonly section: string;
}

/** The titles of the groups of options, in the documentation and in `--help`. */
const titles: Readonly<Record<GroupName, string>> = {
  access: 'Access',
  source: 'Source',
  volume: 'Root volume',
  mount: 'Mount',
  provision: 'Provisioning',
  image: 'The OMI',
  copies: 'Regions and export',
  quality: 'Quality',
  bootTest: 'Boot test',
  running: 'Running',
};

const sections: ReadonlyMap<string, string> = new Map(
  Object.entries(titles).flatMap(([name, title]) =>
    Object.keys(Object.entries(table).find(([group]) => group === name)?.[1] ?? {}).map(
      (option) => [option, title] as const,
    ),
  ),
);

/** Options as flags. @param section the section of an option that is in no group */
export const flagsOf = (options: Group, section = ''): OptionFlag[] =>
  Object.entries(options).map(([name, one]) => ({
    name: kebab(name),
    placeholder: one.type.placeholder,
    description: description(one),
    section: sections.get(name) ?? section,
  }));

/** The options of a command as flags, in the order of the option table. */
export const optionFlags = (command: CommandName): OptionFlag[] => flagsOf(documentedOptions(command));

/** Never passed as flags: every user of the machine can read a command line. */
const keys = ['access_key', 'secret_key', 'token'];

/** The flags that make another command use the same account and VM, without keys and default values. */
export const accessFlags = (config: BuildConfig['access']): string[] =>
  Object.entries(config).flatMap(([name, value]) => {
    if (keys.includes(name) || value === undefined || value === defaults.get(name)) return [];
    return [`--${kebab(name)}`, String(value)];
  });

const defaults: ReadonlyMap<string, unknown> = new Map(
  Object.entries(access).map(([name, one]) => [name, one.default]),
);
