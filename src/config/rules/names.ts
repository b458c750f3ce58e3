import type { OptionsFile } from '../input/file.js';
import type { ReadContext } from '../kit/context.js';
import type { Issue } from '../kit/issues.js';
import { builderTypes, ignoredNames, legacyNames, refusedNames } from '../kit/legacy-names.js';
import { type CommandName, kebab } from '../kit/option.js';
import { nearest } from '../kit/suggest.js';
import { commandsOf, optionsOf } from '../options/table.js';

/** How names are written in a way in, and how messages say so. */
export interface Spelling {
  readonly spell: (name: string) => string;
  readonly problem: string;
  readonly rule: string;
  readonly all: string;
  /** Options that cannot be written there. */
  readonly without: readonly string[];
}

export const asInput: Spelling = {
  spell: kebab,
  problem: 'is no input of this action',
  rule: 'an input has hyphens',
  all: 'the inputs are',
  without: [],
};

export const asKey: Spelling = {
  spell: (name) => name,
  problem: 'is no option',
  rule: 'a file has underscores',
  all: 'the options are',
  without: ['config', 'build_id'],
};

export type NameCheck = Pick<Issue, 'problem' | 'fix'> | { readonly notice: string } | undefined;

/** What is to be said of a name that was written in a way in; undefined if it is that of an option. */
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
  const newer = valueAt(legacyNames, name);
  if (newer !== undefined && names.includes(spell(newer)))
    return { notice: `${written} is an older name of ${spell(newer)}` };
  const ignored = valueAt(ignoredNames, name);
  if (ignored !== undefined) return { notice: `${written} is ignored: ${ignored}` };
  const refused = valueAt(refusedNames, name);
  if (refused !== undefined) return refused;
  if (names.includes(spell(name))) return { problem, fix: `write ${spell(name)}: ${rule}` };
  const elsewhere = commandsOf.get(name);
  if (elsewhere !== undefined && !elsewhere.includes(command)) return ofOthers(command, elsewhere);
  const meant = nearest(spell(name), names);
  return { problem, fix: meant === undefined ? `${all} ${names.join(', ')}` : `did you mean ${meant}?` };
}

/** An option that this way in does not have. */
const ofOthers = (command: CommandName, commands: readonly CommandName[]): NameCheck => ({
  problem: `is no option of ${command}`,
  fix:
    commands.join() === 'build' && command !== 'build'
      ? 'do it in a step between mount and commit'
      : `give it to ${commands.filter((one) => one !== 'abort').join(' or ')}`,
});

const valueAt = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** What is wrong with the names that were written; what else there is to say of them is noticed. */
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
  // One file serves both halves of a build, and giving it up: what is for another one is passed over.
  const others = sharers(command);
  const keys = [...(file?.values.keys() ?? [])].filter(
    (key) => !others.some((other) => commandsOf.get(key)?.includes(other)),
  );
  return [
    ...names.flatMap((name) => about(name, asInput)),
    ...keys.flatMap((key) => about(key, asKey, `${shownKey(key)} (${file?.place([key])})`)),
    ...builderType(file),
  ];
}

/** The other ways in that the same file is for. */
const sharers = (command: CommandName): CommandName[] => (command === 'build' ? [] : ['mount', 'commit']);

/** A key can be anything, a line break too. */
const shownKey = (key: string): string =>
  /^[\w-]{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60));

/** A configuration of another program says which of its builders is meant. */
function builderType(file: OptionsFile | undefined): Issue[] {
  const type = file?.values.get('type');
  if (type === undefined || (typeof type === 'string' && builderTypes.includes(type))) return [];
  return [
    {
      option: `type (${file?.place(['type'])})`,
      problem: 'is no builder like this one',
      fix: `write ${builderTypes[0]}, or take it away`,
    },
  ];
}
