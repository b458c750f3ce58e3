import { fail } from '../problem.js';

/** A time, and the time zone that it is shown in. */
export interface Time {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const form = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Reads a time of RFC 3339. @throws HclError for any other text */
export function parseTime(text: string): Time {
  const [, date, time, , sign, hours, minutes] = form.exec(text) ?? [];
  const shown = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(shown))
    return fail(
      `has ${JSON.stringify(text.slice(0, 40))}, which is not a time`,
      'write one such as 2006-01-02T15:04:05Z',
    );
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  return { at: shown - offset * 60_000, offset };
}

/** The fields of a time in its time zone, as UTC fields of a Date. @throws HclError if it is out of range */
export function localDate({ at, offset }: Time): Date {
  const date = new Date(at + offset * 60_000);
  return Number.isNaN(date.getTime()) ? fail('has a time that is out of range', 'use another time') : date;
}

/** `+01:00`. @param separator between hours and minutes */
export function shownOffset(offset: number, separator = ':'): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${separator}${two(size % 60)}`;
}

/** A time as RFC 3339, in whole seconds. */
export const rfc3339 = (time: Time): string =>
  `${localDate(time).toISOString().slice(0, 19)}${time.offset === 0 ? 'Z' : shownOffset(time.offset)}`;
