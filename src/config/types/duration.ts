import { refuse } from '../mistake.js';
import { readText } from './text.js';
import type { Type } from './type.js';

const units = { h: 3_600_000, m: 60_000, s: 1000 };
/** More than a timer of node can count (2^31 milliseconds) is more than anybody waits. */
const longest = 500 * units.h;

/** A time such as `90s`, `15m` or `1h30m`, in milliseconds. A number without its unit is refused. */
export const duration: Type<number> = {
  name: 'duration',
  placeholder: 'duration',
  schema: { type: 'string', pattern: '^(?=.)(\\d+h)?(\\d+m)?(\\d+s)?$' },
  read(value) {
    const written = readText(value);
    const [whole, h = '0', m = '0', s = '0'] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(written) ?? [];
    const time = Number(h) * units.h + Number(m) * units.m + Number(s) * units.s;
    return whole && time > 0 && time <= longest
      ? time
      : refuse('is not a duration', 'write one such as 90s, 15m or 1h30m, at most 500h', written);
  },
};
