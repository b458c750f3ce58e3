import { fail } from '../problem.js';
import { toBoolean, toNumber, toText } from '../values/convert.js';
import { shownNumber } from '../values/numbers.js';
import { Dictionary, type Hcl, List, requireSize } from '../values/value.js';
import { atLeast, type Functions } from './define.js';
import { jsonText } from './json.js';

const verb = /%(?:%|([-+ 0#]*)(\d*)(?:\.(\d*))?(?:\[(\d+)\])?([a-zA-Z]?))/g;

/** The largest width or precision. */
const widest = 1000;

const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');

const bases: Readonly<Record<string, number>> = { b: 2, o: 8, d: 10, x: 16, X: 16 };

function integer(value: Hcl, letter: string, flags: string): string {
  const number = toNumber(value);
  if (typeof number !== 'bigint')
    return fail(`formats ${shownNumber(number)} as an integer`, 'use %f or floor');
  const prefix = flags.includes('#') && letter.toLowerCase() === 'x' ? `0${letter}` : '';
  const digits = (number < 0n ? -number : number).toString(bases[letter]);
  return `${number < 0n ? '-' : ''}${prefix}${letter === 'X' ? digits.toUpperCase() : digits}`;
}

function fraction(value: Hcl, letter: string, precision: number | undefined): string {
  const number = Number(toNumber(value));
  const small = letter.toLowerCase();
  if (small === 'f') return number.toFixed(Math.min(100, precision ?? 6));
  if (small === 'e') return exponent(number.toExponential(Math.min(100, precision ?? 6)));
  return precision === undefined
    ? shownNumber(toNumber(value))
    : exponent(String(Number(number.toPrecision(Math.min(100, precision || 1)))));
}

function formatted(value: Hcl, letter: string, flags: string, precision: number | undefined): string {
  switch (letter) {
    case 'v':
      if (value === null) return 'null';
      return flags.includes('#') || value instanceof List || value instanceof Dictionary
        ? jsonText(value)
        : toText(value);
    case 's':
    case 'q': {
      const text = toText(value);
      const cut = precision === undefined ? text : Array.from(text).slice(0, precision).join('');
      return letter === 'q' ? jsonText(cut) : cut;
    }
    case 't':
      return String(toBoolean(value));
    case 'b':
    case 'o':
    case 'd':
    case 'x':
    case 'X':
      return integer(value, letter, flags);
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G': {
      const text = fraction(value, letter, precision);
      return letter === 'E' || letter === 'G' ? text.toUpperCase() : text;
    }
    default:
      return fail(`has the unknown verb %${letter}`, 'write %% for a percent sign');
  }
}

function padded(text: string, flags: string, width: number, isNumber: boolean): string {
  const signed =
    isNumber && !text.startsWith('-') && /[+ ]/.test(flags)
      ? `${flags.includes('+') ? '+' : ' '}${text}`
      : text;
  const missing = width - Array.from(signed).length;
  if (missing <= 0) return signed;
  if (flags.includes('-')) return signed + ' '.repeat(missing);
  if (!flags.includes('0') || !isNumber) return ' '.repeat(missing) + signed;
  const [sign = ''] = /^[-+ ]?/.exec(signed) ?? [];
  return sign + '0'.repeat(missing) + signed.slice(sign.length);
}

/**
 * `format` of HCL, with the verbs of its documentation. @throws HclError for other verbs or a wrong number of
 * values
 */
function format(layout: string, values: readonly Hcl[]): string {
  let next = 0;
  let used = 0;
  let length = 0;
  const text = layout.replaceAll(
    verb,
    (
      whole,
      flags: string,
      width: string,
      precision: string | undefined,
      index: string | undefined,
      letter: string,
    ) => {
      if (whole === '%%') return '%';
      if (Number(width) > widest || Number(precision ?? 0) > widest)
        return fail(`has a width or precision of more than ${widest}`, 'use a smaller one');
      const position = index === undefined ? next : Number(index) - 1;
      next = position + 1;
      used = Math.max(used, next);
      const value = values[position];
      if (value === undefined) return fail(`has no value for ${whole}`, 'add it');
      const shown = formatted(value, letter, flags, precision === undefined ? undefined : Number(precision));
      const piece = padded(shown, flags, Number(width), !/[svqt]/.test(letter) || typeof value === 'bigint');
      length = requireSize(length + piece.length);
      return piece;
    },
  );
  return used < values.length
    ? fail(`has ${values.length} values, and uses ${used}`, 'remove the others')
    : text;
}

function formatList(layout: string, values: readonly Hcl[]): Hcl {
  const lengths = new Set(values.flatMap((one) => (one instanceof List ? [one.items.length] : [])));
  if (lengths.size > 1) return fail('has lists of different lengths', 'use lists of one length');
  const [length = 1] = lengths;
  let size = 0;
  return new List(
    Array.from({ length }, (_, index) => {
      const text = format(
        layout,
        values.map((one) => (one instanceof List ? (one.items[index] ?? null) : one)),
      );
      size = requireSize(size + text.length);
      return text;
    }),
  );
}

/** `format` and `formatlist`. */
export const formats: Functions = {
  format: atLeast(1, ([layout = null, ...values]) => format(toText(layout), values)),
  formatlist: atLeast(1, ([layout = null, ...values]) => formatList(toText(layout), values), 'any'),
};
