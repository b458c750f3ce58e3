import type { OptionsFile } from '../input/file.js';
import type { ReadContext } from '../kit/context.js';
import type { Issue } from '../kit/issues.js';
import { builderTypes } from '../kit/legacy-names.js';
import type { CommandName } from '../kit/option.js';
import { commandsOf } from '../options/table.js';
import { asInput, asKey, checkName, type Spelling } from './judge.js';

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
