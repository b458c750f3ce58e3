import { fail } from '../problem.js';
import { toText } from '../values/convert.js';
import { Dictionary, type Hcl, List, requireSize } from '../values/value.js';
import { argument, type Functions, fixed } from './define.js';
import { matchesOf } from './matches.js';

/** The whole match, its groups as a list, or its named groups as a map. */
function captured(match: RegExpExecArray): Hcl {
  if (match.groups !== undefined)
    return new Dictionary(Object.entries(match.groups).map(([name, one]) => [name, one ?? null]));
  const [whole, ...groups] = match;
  return groups.length === 0 ? whole : new List(groups.map((one) => one ?? null));
}

const matches = (args: readonly Hcl[]): readonly RegExpExecArray[] =>
  matchesOf(toText(argument(args, 0)), toText(argument(args, 1)));

/** Expands `$1`, `${name}` and `$$`, as regexp.Expand of Go. */
const expanded = (template: string, match: RegExpExecArray): string =>
  template.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, plain?: string, braced?: string) => {
    if (whole === '$$') return '$';
    const name = plain ?? braced ?? '';
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
  });

function replaced(text: string, pattern: string, template: string): string {
  let length = 0;
  let from = 0;
  const pieces: string[] = [];
  const add = (piece: string): void => {
    length = requireSize(length + piece.length);
    pieces.push(piece);
  };
  for (const match of matchesOf(pattern, text)) {
    add(text.slice(from, match.index));
    add(expanded(template, match));
    from = match.index + match[0].length;
  }
  add(text.slice(from));
  return pieces.join('');
}

/** Functions of regular expressions, in the syntax of RE2. */
export const regular: Functions = {
  regex: fixed(2, (args) => {
    const [first] = matches(args);
    return first === undefined
      ? fail('finds no match', 'use regexall if there may be none')
      : captured(first);
  }),
  regexall: fixed(2, (args) => new List(matches(args).map(captured)), 'any'),
  regex_replace: fixed(3, (args) =>
    replaced(toText(argument(args, 0)), toText(argument(args, 1)), toText(argument(args, 2))),
  ),
};
