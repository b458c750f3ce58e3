import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

const units: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30 };

/** A size such as `512MiB` or `2GiB`, in bytes. A number without a unit is invalid. */
export function size(min: string, max: string): Type<number> {
  const [least = 0, most = 0] = [min, max].map(bytesOf);
  return {
    name: 'size',
    placeholder: 'size',
    schema: { type: 'string', pattern: '^\\d+(MiB|GiB)$' },
    read(value) {
      const written = readText(value);
      const bytes = bytesOf(written);
      return bytes !== undefined && bytes >= least && bytes <= most
        ? bytes
        : refuse('is not a size', `write one such as 2GiB, ${min} to ${max}`, written);
    },
  };
}

function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+)(MiB|GiB)$/.exec(text) ?? [];
  const bytes = Number(number) * (units[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
