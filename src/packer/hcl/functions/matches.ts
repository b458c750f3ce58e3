import { runInNewContext } from 'node:vm';
import { fail, LimitError } from '../problem.js';

/** How long one search may take, in milliseconds. The expressions of JavaScript can need exponential time. */
const longest = 500;

/** What RE2 does not have, and JavaScript has with another meaning. */
const refused = /\(\?(?:[=!]|<[=!])|\\[1-9k]/;

const classes: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

/** An expression of RE2 as one of JavaScript. */
function translated(pattern: string): RegExp {
  if (refused.test(pattern))
    return fail('has a look-around or a backreference', 'remove it: Go has none in regular expressions');
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const source = pattern
    .slice(flags?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => classes[name] ?? whole)
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '(?![\\s\\S])')
    // RE2 allows an escape of every punctuation mark, JavaScript only of its own ones.
    .replaceAll(/\\([ !"#%&',:;<=>@_`~])/g, '$1');
  for (const mode of ['u', '']) {
    try {
      return new RegExp(source, `g${flags?.[1] ?? ''}${mode}`);
    } catch {
      // A brace that stands for itself is only allowed without the flag u.
    }
  }
  return fail('has an invalid regular expression', 'correct it');
}

/**
 * All matches in a text. @throws HclError for an invalid expression; LimitError if the search takes too long
 */
export function matchesOf(pattern: string, text: string): readonly RegExpExecArray[] {
  const expression = translated(pattern);
  let found: readonly RegExpExecArray[] = [];
  const search = (): void => {
    found = [...text.matchAll(expression)];
  };
  try {
    // A timeout ends a search that backtracks; the context has only the search.
    runInNewContext('search()', { search }, { timeout: longest });
  } catch {
    throw new LimitError(
      `has a regular expression that searches for more than ${longest} ms`,
      'make it simpler',
    );
  }
  return found;
}
