import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };
/** Below the longest timer of Node.js (2^31 - 1 milliseconds, about 596 hours). */
const longest = 500 * units.h;

/** Milliseconds of a text such as `1h30m`; undefined if it is not a positive duration. */
function milliseconds(text: string): number | undefined {
  const [whole, ...parts] = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  const [d = 0, h = 0, m = 0, s = 0] = parts.map((part) => Number(part ?? 0));
  const time = d * units.d + h * units.h + m * units.m + s * units.s;
  return whole && Number.isSafeInteger(time) && time > 0 ? time : undefined;
}

/** A duration such as `90s`, `15m` or `1h30m`, in milliseconds. A number without a unit is invalid. */
export const duration: Type<number> = {
  name: 'duration',
  placeholder: 'duration',
  schema: { type: 'string', pattern: '^(?=.)(\\d+h)?(\\d+m)?(\\d+s)?$' },
  read(value) {
    const written = readText(value);
    const time = written.includes('d') ? undefined : milliseconds(written);
    return time !== undefined && time <= longest
      ? time
      : refuse('is not a duration', 'write one such as 90s, 15m or 1h30m, at most 500h', written);
  },
};

/** An age such as `24h` or `30d`, in milliseconds. */
export const age: Type<number> = {
  name: 'age',
  placeholder: 'age',
  schema: { type: 'string', pattern: '^(?=.)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$' },
  read(value) {
    const written = readText(value);
    return milliseconds(written) ?? refuse('is not an age', 'write one such as 24h or 30d', written);
  },
};
