import { goTime } from '../../../template/go-time.js';
import { TemplateError } from '../../../template/parse.js';
import { goDuration } from '../../go-duration.js';
import { strftime } from '../../strftime.js';
import { fail } from '../problem.js';
import { toText } from '../values/convert.js';
import type { Hcl } from '../values/value.js';
import { argument, type Functions, fixed } from './define.js';
import { formatDate } from './format-date.js';
import { parseTime, rfc3339 } from './time.js';

const text = (args: readonly Hcl[], index = 0): string => toText(argument(args, index));

/** A duration of Go, which can have a sign, in milliseconds. */
function duration(value: string): number {
  const size = goDuration(value.replace(/^[-+]/, ''));
  if (size === undefined)
    return fail(
      `has ${JSON.stringify(value.slice(0, 40))}, which is not a duration`,
      'write one such as 1h30m',
    );
  return value.startsWith('-') ? -size : size;
}

/** The value of a time function of JSON templates. */
function legacy(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError) return fail(error.message, 'correct the layout');
    throw error;
  }
}

/** Functions of times. The time is that of the start of the build. */
export const dates: Functions = {
  formatdate: fixed(2, (args) => formatDate(text(args), parseTime(text(args, 1)))),
  legacy_isotime: {
    least: 0,
    most: 1,
    run: (args, { startedAt }) =>
      legacy(() => goTime(startedAt, args.length === 0 ? '2006-01-02T15:04:05Z07:00' : text(args))),
  },
  legacy_strftime: fixed(1, (args, { startedAt }) => legacy(() => strftime(startedAt, text(args)))),
  timeadd: fixed(2, (args) => {
    const { at, offset } = parseTime(text(args));
    return rfc3339({ at: at + duration(text(args, 1)), offset });
  }),
  timestamp: fixed(0, (_, { startedAt }) => rfc3339({ at: startedAt.getTime(), offset: 0 })),
};
