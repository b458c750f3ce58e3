import { fail } from '../problem.js';

/** A number of HCL. */
export type Num = bigint | number;

/** Packer calculates with 512 bits; a larger integer would not be exact there. */
const largest = 2n ** 512n;

const isSmall = (value: bigint): boolean => value <= largest && value >= -largest;

/** A number in its only form: an integer is a bigint. @throws HclError if it is too large, or not a number */
export function num(value: Num): Num {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return fail('is not a finite number', 'correct the calculation');
    // The last digits of a double are the error of the calculation: 0.1 + 0.2 is 0.3.
    const rounded = Number(value.toPrecision(15));
    return Number.isInteger(rounded) ? BigInt(Number.isInteger(value) ? value : rounded) : rounded;
  }
  if (!isSmall(value)) return fail('is a number of more than 512 bits', 'use smaller numbers');
  return value;
}

/** A number as decimal digits; a fraction with up to 15 of them. */
export function shownNumber(value: Num): string {
  if (typeof value === 'bigint') return String(value);
  const digits = value.toPrecision(15);
  if (!digits.includes('e')) return digits.replace(/0+$/, '');
  // toFixed has at most 100 decimals.
  return value.toFixed(Math.min(100, 15 - Math.floor(Math.log10(Math.abs(value))))).replace(/\.?0+$/, '');
}

const form = /^[-+]?(\d+)(\.\d+)?([eE][-+]?\d{1,3})?$/;

/** The number that a text has; undefined if it has none. @throws HclError if it is too large */
export function parsedNumber(text: string): Num | undefined {
  const match = form.exec(text);
  if (match === null || text.length > 400) return undefined;
  return match[2] === undefined && match[3] === undefined ? num(BigInt(text)) : num(Number(text));
}

type Operation = readonly [
  exact: (a: bigint, b: bigint) => bigint,
  rounded: (a: number, b: number) => number,
];

const operations: Readonly<Record<'+' | '-' | '*' | '%', Operation>> = {
  '+': [(a, b) => a + b, (a, b) => a + b],
  '-': [(a, b) => a - b, (a, b) => a - b],
  '*': [(a, b) => a * b, (a, b) => a * b],
  '%': [(a, b) => a % b, (a, b) => a % b],
};

/** The result of an arithmetic operator; exact for integers. @throws HclError for a division by zero */
export function arithmetic(operator: '+' | '-' | '*' | '%' | '/', a: Num, b: Num): Num {
  const isExact = typeof a === 'bigint' && typeof b === 'bigint';
  if ((operator === '/' || operator === '%') && Number(b) === 0)
    return fail('divides by zero', 'correct the calculation');
  if (operator === '/') return num(isExact && a % b === 0n ? a / b : Number(a) / Number(b));
  const [exact, rounded] = operations[operator];
  return num(isExact ? exact(a, b) : rounded(Number(a), Number(b)));
}
