import { fail } from '../problem.js';
import { toInteger, toNumber, toText } from '../values/convert.js';
import { type Num, num } from '../values/numbers.js';
import type { Hcl } from '../values/value.js';
import { argument, atLeast, type Functions, fixed } from './define.js';

const one = (args: readonly Hcl[], index = 0): Num => toNumber(argument(args, index));

const extreme = (args: readonly Hcl[], isBetter: (a: Num, b: Num) => boolean): Num =>
  args.map(toNumber).reduce((best, next) => (isBetter(next, best) ? next : best));

const rounded = (args: readonly Hcl[], round: (value: number) => number): Num => {
  const value = one(args);
  return typeof value === 'bigint' ? value : num(round(value));
};

function power(base: Num, exponent: Num): Num {
  if (typeof base !== 'bigint' || typeof exponent !== 'bigint' || exponent < 0n)
    return num(Number(base) ** Number(exponent));
  const isSmall = base >= -1n && base <= 1n;
  if (!isSmall && exponent > 512n) return fail('makes a number of more than 512 bits', 'use smaller numbers');
  return num(base ** (isSmall ? exponent % 2n || (exponent === 0n ? 0n : 2n) : exponent));
}

function parseInteger(text: string, base: number): Num {
  if (base < 2 || base > 36) return fail(`has the base ${base}`, 'use a base from 2 to 36');
  const digits = text.replace(/^-/, '').toLowerCase();
  const values = digits
    .split('')
    .map((digit) => (/^[0-9a-z]$/.test(digit) ? Number.parseInt(digit, 36) : base));
  if (digits === '' || digits.length > 400 || values.some((value) => value >= base))
    return fail(
      `has ${JSON.stringify(text.slice(0, 40))}, which is not an integer in base ${base}`,
      'correct it',
    );
  const size = values.reduce((sum, value) => sum * BigInt(base) + BigInt(value), 0n);
  return num(text.startsWith('-') ? -size : size);
}

/** Functions of numbers. */
export const numbers: Functions = {
  abs: fixed(1, (args) => (one(args) < 0n ? num(-one(args)) : one(args)), 'number'),
  ceil: fixed(1, (args) => rounded(args, Math.ceil), 'number'),
  floor: fixed(1, (args) => rounded(args, Math.floor), 'number'),
  log: fixed(2, (args) => num(Math.log(Number(one(args))) / Math.log(Number(one(args, 1)))), 'number'),
  max: atLeast(1, (args) => extreme(args, (a, b) => a > b), 'number'),
  min: atLeast(1, (args) => extreme(args, (a, b) => a < b), 'number'),
  parseint: fixed(
    2,
    (args) => parseInteger(toText(argument(args, 0)), toInteger(argument(args, 1))),
    'number',
  ),
  pow: fixed(2, (args) => power(one(args), one(args, 1)), 'number'),
  signum: fixed(1, (args) => BigInt(Math.sign(Number(one(args)))), 'number'),
};
