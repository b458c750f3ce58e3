import { fail } from '../problem.js';
import { toInteger, toItems, toText } from '../values/convert.js';
import { type Hcl, List, requireSize } from '../values/value.js';
import { argument, atLeast, type Functions, fixed } from './define.js';

const texts = (args: readonly Hcl[]): [string, string, string] => [
  toText(args[0] ?? ''),
  toText(args[1] ?? ''),
  toText(args[2] ?? ''),
];

/** The characters of a text as a reader counts them. */
const charactersOf = (text: string): string[] =>
  [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);

/** Removes the characters of a set from both ends. */
function trim(text: string, characters: string): string {
  const all = Array.from(text);
  const isKept = (one: string): boolean => !characters.includes(one);
  const first = all.findIndex(isKept);
  return first < 0 ? '' : all.slice(first, all.findLastIndex(isKept) + 1).join('');
}

function replaceAll(text: string, from: string, to: string): string {
  const count = text.split(from).length - 1;
  requireSize(text.length + count * to.length);
  return text.replaceAll(from, () => to);
}

function indent(spaces: number, text: string): string {
  const space =
    requireSize(spaces) < 0 ? fail('has a negative number of spaces', 'use 0 or more') : ' '.repeat(spaces);
  return replaceAll(text, '\n', `\n${space}`);
}

function substr(text: string, offset: number, length: number): string {
  const all = charactersOf(text);
  const start = offset < 0 ? Math.max(0, all.length + offset) : offset;
  return all.slice(start, length < 0 ? undefined : start + length).join('');
}

function join(separator: string, lists: readonly Hcl[]): string {
  const items = lists.flatMap((list) => [...toItems(list)].map(toText));
  requireSize(items.reduce((sum, one) => sum + one.length + separator.length, 0));
  return items.join(separator);
}

/** Functions of text. */
export const strings: Functions = {
  chomp: fixed(1, (args) => texts(args)[0].replace(/[\r\n]+$/, '')),
  endswith: fixed(2, (args) => texts(args)[0].endsWith(texts(args)[1]), 'boolean'),
  indent: fixed(2, (args) => indent(toInteger(argument(args, 0)), texts(args)[1])),
  join: atLeast(1, ([separator = null, ...lists]) => join(toText(separator), lists)),
  lower: fixed(1, (args) => texts(args)[0].toLowerCase()),
  replace: fixed(3, (args) => replaceAll(...texts(args))),
  split: fixed(
    2,
    (args) => {
      const [separator, text] = texts(args);
      return new List(separator === '' ? charactersOf(text) : text.split(separator));
    },
    'any',
  ),
  startswith: fixed(2, (args) => texts(args)[0].startsWith(texts(args)[1]), 'boolean'),
  strcontains: fixed(2, (args) => texts(args)[0].includes(texts(args)[1]), 'boolean'),
  strrev: fixed(1, (args) => charactersOf(texts(args)[0]).toReversed().join('')),
  substr: fixed(3, (args) =>
    substr(texts(args)[0], toInteger(argument(args, 1)), toInteger(argument(args, 2))),
  ),
  title: fixed(1, (args) =>
    texts(args)[0].replaceAll(/(?<![\p{L}\p{N}_])\p{L}/gu, (letter) => letter.toUpperCase()),
  ),
  trim: fixed(2, (args) => trim(texts(args)[0], texts(args)[1])),
  trimprefix: fixed(2, (args) => {
    const [text, prefix] = texts(args);
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  }),
  trimspace: fixed(1, (args) => texts(args)[0].trim()),
  trimsuffix: fixed(2, (args) => {
    const [text, suffix] = texts(args);
    return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
  }),
  upper: fixed(1, (args) => texts(args)[0].toUpperCase()),
};
