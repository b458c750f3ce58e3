import { fail } from '../problem.js';
import { localDate, shownOffset, type Time } from './time.js';

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const two = (value: number): string => String(value).padStart(2, '0');

/** The sequences of `formatdate`, by their letters. */
const sequences: Readonly<Record<string, (date: Date, offset: number) => string>> = {
  YYYY: (date) => String(date.getUTCFullYear()).padStart(4, '0'),
  YY: (date) => two(date.getUTCFullYear() % 100),
  MMMM: (date) => months[date.getUTCMonth()] ?? '',
  MMM: (date) => (months[date.getUTCMonth()] ?? '').slice(0, 3),
  MM: (date) => two(date.getUTCMonth() + 1),
  M: (date) => String(date.getUTCMonth() + 1),
  DD: (date) => two(date.getUTCDate()),
  D: (date) => String(date.getUTCDate()),
  EEEE: (date) => days[date.getUTCDay()] ?? '',
  EEE: (date) => (days[date.getUTCDay()] ?? '').slice(0, 3),
  hh: (date) => two(date.getUTCHours()),
  h: (date) => String(date.getUTCHours()),
  HH: (date) => two(date.getUTCHours() % 12 || 12),
  H: (date) => String(date.getUTCHours() % 12 || 12),
  AA: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  aa: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  mm: (date) => two(date.getUTCMinutes()),
  m: (date) => String(date.getUTCMinutes()),
  ss: (date) => two(date.getUTCSeconds()),
  s: (date) => String(date.getUTCSeconds()),
  ZZZZZ: (_, offset) => shownOffset(offset),
  ZZZZ: (_, offset) => shownOffset(offset, ''),
  ZZZ: (_, offset) => (offset === 0 ? 'UTC' : shownOffset(offset, '')),
  Z: (_, offset) => (offset === 0 ? 'Z' : shownOffset(offset)),
};

/** A time in a layout of `formatdate`; quoted text is literal. @throws HclError for an unknown sequence */
export function formatDate(layout: string, time: Time): string {
  const date = localDate(time);
  return layout.replaceAll(/'((?:[^']|'')*)('?)|([A-Za-z])\3*/g, (whole, quoted?: string, end?: string) => {
    if (quoted !== undefined)
      return end === '' ? fail('has a quote that is not closed', 'close it') : quoted.replaceAll("''", "'");
    const sequence = Object.hasOwn(sequences, whole) ? sequences[whole] : undefined;
    return sequence === undefined
      ? fail(
          `has the unknown sequence ${whole}`,
          `use: ${Object.keys(sequences).join(', ')}; quote other letters`,
        )
      : sequence(date, time.offset);
  });
}
