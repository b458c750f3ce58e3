import type { OptionsFile } from './file.js';
import { asInput, asKey, judge, type Spelling } from './judge.js';
import type { Known } from './known.js';
import type { Mistake } from './mistake.js';
import { builderTypes } from './older.js';

/** What is wrong with the names that were written; what else there is to say of them is noticed. */
export function checkNames(file: OptionsFile | undefined, { names = [], notice }: Known): Mistake[] {
  const about = (written: string, spelling: Spelling, called = written): Mistake[] => {
    const verdict = judge(written, spelling);
    if (verdict === undefined) return [];
    if (!('notice' in verdict)) return [{ option: called, ...verdict }];
    notice?.(verdict.notice);
    return [];
  };
  const keys = [...(file?.values.keys() ?? [])];
  return [
    ...names.flatMap((name) => about(name, asInput)),
    ...keys.flatMap((key) => about(key, asKey, `${shownKey(key)} (${file?.place([key])})`)),
    ...builderType(file),
  ];
}

/** A key can be anything, a line break too. */
const shownKey = (key: string): string =>
  /^[\w-]{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60));

/** A configuration of another program says which of its builders is meant. */
function builderType(file: OptionsFile | undefined): Mistake[] {
  const type = file?.values.get('type');
  if (type === undefined || (typeof type === 'string' && builderTypes.includes(type))) return [];
  return [
    {
      option: `type (${file?.place(['type'])})`,
      wrong: 'is no builder like this one',
      right: `write ${builderTypes[0]}, or take it away`,
    },
  ];
}
