import type { OptionsFile } from '../input/file.js';
import type { ReadContext } from '../kit/context.js';
import type { Issue } from '../kit/issues.js';
import { builderTypes, ignoredNames, legacyNames, refusedNames } from '../kit/legacy-names.js';
import { type CommandName, kebab } from '../kit/option.js';
import { nearest } from '../kit/suggest.js';
import { commandsOf, optionsOf } from '../options/table.js';

/** The spelling of option names in one kind of input, with the texts of its messages. */
export interface Spelling {
  readonly spell: (name: string) => string;
  readonly problem: string;
  readonly rule: string;
  readonly all: string;
  /** Options that cannot be set there. */
  readonly without: readonly string[];
}

/** Inputs of the action. */
export const asInput: Spelling = {
  spell: kebab,
  problem: 'is not an input of this action',
  rule: 'inputs use hyphens',
  all: 'The inputs are:',
  without: [],
};

/** Keys of a file of options. */
export const asKey: Spelling = {
  spell: (name) => name,
  problem: 'is not an option',
  rule: 'files use underscores',
  all: 'The options are:',
  without: ['config', 'build_id'],
};

/** An issue, or a notice about a name that is accepted. */
export type NameCheck = Pick<Issue, 'problem' | 'fix' | 'hint'> | { readonly notice: string } | undefined;

/** Checks one option name as the user wrote it; undefined if it is the current name of an option. */
export function checkName(
  written: string,
  { spell, problem, rule, all, without }: Spelling,
  command: CommandName = 'build',
): NameCheck {
  const name = written.replaceAll('-', '_');
  const names = Object.keys(optionsOf(command))
    .filter((one) => !without.includes(one))
    .map(spell);
  if (names.includes(written) || name === 'type') return undefined;
  const current = valueAt(legacyNames, name);
  if (current !== undefined && names.includes(spell(current)))
    return { notice: `${written} is a legacy name: use ${spell(current)}` };
  const ignored = valueAt(ignoredNames, name);
  if (ignored !== undefined) return { notice: `${written} is ignored: ${ignored}` };
  const refused = valueAt(refusedNames, name);
  if (refused !== undefined) return refused;
  if (names.includes(spell(name))) return { problem, fix: `write ${spell(name)}: ${rule}` };
  const elsewhere = commandsOf.get(name);
  if (elsewhere !== undefined && !elsewhere.includes(command)) return issueOfOtherCommand(command, elsewhere);
  const meant = nearest(spell(name), names);
  return meant === undefined
    ? { problem, fix: 'use a name of the list below', hint: `${all} ${names.join(', ')}` }
    : { problem, fix: `did you mean ${meant}?` };
}

/** The issue of an option that only other commands have. */
const issueOfOtherCommand = (command: CommandName, commands: readonly CommandName[]): NameCheck => ({
  problem: `is not an option of ${command}`,
  fix:
    commands.join() === 'build' && command !== 'build'
      ? 'do this in a workflow step between mount and commit'
      : `set it on ${commands.filter((one) => building.includes(one)).join(' or ')}`,
});

const building: readonly CommandName[] = ['build', 'mount', 'commit'];

const valueAt = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Checks all option names that the user wrote. Returns the issues and passes notices to the context. */
export function checkNames(
  file: OptionsFile | undefined,
  { names = [], notice, command = 'build' }: ReadContext,
): Issue[] {
  const about = (written: string, spelling: Spelling, called = written): Issue[] => {
    const result = checkName(written, spelling, command);
    if (result === undefined) return [];
    if (!('notice' in result)) return [{ option: called, ...result }];
    notice?.(result.notice);
    return [];
  };
  // mount, commit and abort may share one file, so options of the other halves are ignored.
  const others = commandsSharingFile(command);
  const keys = [...(file?.values.keys() ?? [])].filter(
    (key) => !others.some((other) => commandsOf.get(key)?.includes(other)),
  );
  return [
    ...names.flatMap((name) => about(name, asInput)),
    ...keys.flatMap((key) => about(key, asKey, `${shownKey(key)} (${file?.location([key])})`)),
    ...builderType(file),
  ];
}

/** The commands whose options may be in the same file. */
const commandsSharingFile = (command: CommandName): readonly CommandName[] => {
  if (command === 'build') return [];
  return ['shell', 'find', 'prune'].includes(command) ? building : ['mount', 'commit'];
};

/** A key can be any text, including line breaks. */
const shownKey = (key: string): string =>
  /^[\w-]{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60));

/** Checks `type`, which a Packer template has: it must be a builder that this one replaces. */
function builderType(file: OptionsFile | undefined): Issue[] {
  const type = file?.values.get('type');
  if (type === undefined || (typeof type === 'string' && builderTypes.includes(type))) return [];
  return [
    {
      option: `type (${file?.location(['type'])})`,
      problem: 'is not a supported builder type',
      fix: `write ${builderTypes[0]}, or remove the key`,
    },
  ];
}
