import { fail } from '../problem.js';
import { toInteger, toText } from '../values/convert.js';
import { Dictionary, type Hcl } from '../values/value.js';
import { argument, type Functions, fixed } from './define.js';
import { formatDate } from './format-date.js';
import { localDate, parseTime, rfc3339, type Time } from './time.js';

const day = 86_400_000;

/** Monday is 0. */
const weekday = (date: Date): number => (date.getUTCDay() + 6) % 7;

/** Year and week of ISO 8601: a week belongs to the year of its Thursday. */
function isoWeek(date: Date): readonly [year: number, week: number] {
  const thursday = new Date(date.getTime() + (3 - weekday(date)) * day);
  return [thursday.getUTCFullYear(), Math.floor((yearDay(thursday) - 1) / 7) + 1];
}

/** The first day of a year is 1. */
const yearDay = (date: Date): number =>
  Math.floor((date.getTime() - new Date(date).setUTCMonth(0, 1)) / day) + 1;

/** The parts of a time in its time zone. @param own the part that only one of the functions has */
function partsOf(time: Time, own: readonly [string, Hcl]): Dictionary {
  const date = localDate(time);
  const [year, week] = isoWeek(date);
  const numbers: Readonly<Record<string, number>> = {
    year: date.getUTCFullYear(),
    year_day: yearDay(date),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    iso_year: year,
    iso_week: week,
  };
  return new Dictionary([
    ...Object.entries(numbers).map(([name, value]): [string, Hcl] => [name, BigInt(value)]),
    ['month_name', formatDate('MMMM', time)],
    ['weekday_name', formatDate('EEEE', time)],
    own,
  ]);
}

/** Functions that give the parts of a time; Packer 1.16 added them. */
export const dateParts: Functions = {
  rfc3339_parse: fixed(
    1,
    (args) => {
      const time = parseTime(toText(argument(args, 0)).replace(/^(\d{4}-\d\d-\d\d) /, '$1T'));
      return partsOf(time, ['unix', BigInt(Math.floor(time.at / 1000))]);
    },
    'any',
  ),
  unix_timestamp_parse: fixed(
    1,
    (args) => {
      const seconds = toInteger(argument(args, 0));
      // Four digits of the year, as in RFC 3339.
      if (seconds < -62_167_219_200 || seconds > 253_402_300_799)
        return fail('has a time that is out of range', 'use one of the years 0 to 9999');
      const time = { at: seconds * 1000, offset: 0 };
      return partsOf(time, ['rfc3339', rfc3339(time)]);
    },
    'any',
  ),
};
