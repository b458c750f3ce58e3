import { expect, test } from '@jest/globals';
import { annotate } from '../../../src/report/annotate.js';

const lines = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

/** How many lines of each kind appear, and all lines in their order. */
function shown(warnings: number, notices: number): { counts: number[]; all: string[] } {
  const all: string[] = [];
  const counts = { warn: 0, notice: 0, info: 0 };
  const show =
    (kind: keyof typeof counts) =>
    (line: string): void => {
      counts[kind] += 1;
      all.push(line);
    };
  annotate(
    { warn: show('warn'), notice: show('notice'), info: show('info') },
    lines('warning', warnings),
    lines('notice', notices),
  );
  return { counts: [counts.warn, counts.notice, counts.info], all };
}

test.each([
  [0, 0, [0, 0, 0]],
  [3, 4, [3, 4, 0]],
  [10, 0, [10, 0, 0]],
  [7, 5, [7, 3, 2]],
  [12, 5, [10, 0, 7]],
  [0, 11, [0, 10, 1]],
])(
  'of %i warnings and %i notices at most ten are annotations, warnings first',
  (warnings, notices, counts) => {
    const { counts: found, all } = shown(warnings, notices);
    expect(found).toEqual(counts);
    expect(all).toEqual(expect.arrayContaining([...lines('warning', warnings), ...lines('notice', notices)]));
    expect(all).toHaveLength(warnings + notices);
  },
);
