import { expect, test } from '@jest/globals';
import {
  dueTime,
  type Expectation,
  expectationOf,
  noted,
  pollTimes,
} from '../../../src/common/poll-times.js';
import { pollDelay, type ResourceState } from '../../../src/common/wait.js';

/** The times in milliseconds at which a wait of a length reads, the last one included. */
function reads(
  expected: Expectation | undefined,
  length: number,
  state: (at: number) => ResourceState = () => ({ state: 'pending' }),
): number[] {
  const next = pollTimes(expected);
  const times: number[] = [];
  for (let at = 0; at < length; ) {
    at += next(at, times.length === 0 ? undefined : state(at));
    times.push(Math.round(at));
  }
  return times;
}

test('without history the delays grow from 100 ms', () => {
  const next = pollTimes(undefined);
  for (const at of [0, 500, 10_000, 700_000]) expect(next(at, undefined)).toBe(pollDelay(at));
});

const noticed = { pending: 3_900, ended: 4_000 };
const unread = { pending: 0, ended: 4_000 };

test.each([
  // Earlier waits were noticed in time: one read when this one is due, then closely.
  [noticed, 4_000, [4_025]],
  [noticed, 4_200, [4_025, 4_146, 4_267]],
  // They were noticed late: the middle, then closely.
  [{ pending: 3_000, ended: 4_000 }, 3_300, [3_500]],
  [{ pending: 3_000, ended: 4_000 }, 3_600, [3_500, 3_605]],
  // No read came before their ends: an early one tells whether this one is much shorter.
  [{ pending: 0, ended: 1_500 }, 1_500, [1_455, 1_525]],
  [unread, 4_000, [2_400, 3_880, 4_025]],
  [unread, 4_100, [2_400, 3_880, 4_025, 4_146]],
  [unread, 2_000, [2_400]],
  // Progress is shown at least every 12 s.
  [{ pending: 19_700, ended: 20_000 }, 20_000, [10_013, 20_025]],
  [{ pending: 39_700, ended: 40_000 }, 40_000, [10_006, 20_013, 30_019, 40_025]],
])('after %j a wait that takes %d ms is read at %j', (expected, length, times) => {
  expect(reads(expected, length)).toEqual(times);
});

test('a wait that is late is read with growing delays', () => {
  const times = reads(noticed, 30_000);
  const delays = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(times[0]).toBe(4_025);
  expect(delays[0]).toBeLessThan(150);
  expect(delays.at(-1)).toBeGreaterThan(3_000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
  expect(times.length).toBeLessThan(25);
});

test('no read is more than a third late, and no wait of minutes more than 10 s late', () => {
  for (const length of [1_000, 5_000, 40_000, 400_000])
    for (const pending of [0, 0.5 * length, 0.99 * length]) {
      const times = reads({ pending, ended: length }, length * 1.3);
      const late = (times.find((at) => at >= length * 1.2) ?? 0) - length * 1.2;
      expect(late).toBeLessThan(Math.min(10_000, length / 3));
    }
});

test.each([
  [[], undefined],
  [[[3_500, 3_400]], { pending: 3_400, ended: 3_500 }],
  [[[4_400, 0]], { pending: 0, ended: 4_400 }],
  [
    [
      [4_400, 2_600],
      [4_500, 4_300],
    ],
    { pending: 4_300, ended: 4_400 },
  ],
  // What a longer wait shows after the end of the shortest does not count.
  [
    [
      [4_400, 3_600],
      [3_500, 3_400],
    ],
    { pending: 3_400, ended: 3_500 },
  ],
])('the waits %j are expected as %j', (waits, expected) => {
  expect(expectationOf(waits.map(([ms = 0, before = 0]) => ({ ms, before })))).toEqual(expected);
});

/** The number of reads of each of some equal waits, and how late the last one is noticed. */
function learned(length: number, count: number): { readonly reads: number[]; readonly late: number } {
  const waits: { ms: number; before: number }[] = [];
  const numbers = Array.from({ length: count }, () => {
    const expected = expectationOf(waits.slice(-10));
    const times = reads(expected, length);
    waits.push(noted({ ms: times.at(-1) ?? 0, before: times.at(-2) ?? 0 }, expected));
    return times.length;
  });
  return { reads: numbers, late: (waits.at(-1)?.ms ?? 0) - length };
}

test.each([1_500, 3_500, 9_000])(
  'equal waits of %d ms are soon noticed in time, mostly by one read',
  (length) => {
    const { reads: numbers, late } = learned(length, 40);
    expect(late).toBeLessThan(0.06 * length);
    expect(numbers.slice(3).filter((number) => number === 1).length).toBeGreaterThan(28);
  },
);

test.each([
  // Whenever the first read after the expected end was sent: it shows no later end.
  [
    { ms: 4_025, before: 0 },
    { ms: 4_000, before: 0 },
  ],
  [
    { ms: 4_900, before: 3_880 },
    { ms: 4_000, before: 3_880 },
  ],
  [
    { ms: 3_880, before: 2_400 },
    { ms: 3_880, before: 2_400 },
  ],
  [
    { ms: 4_146, before: 4_025 },
    { ms: 4_146, before: 4_025 },
  ],
])('where 4 s are expected, the wait %j is noted as %j', (wait, line) => {
  expect(noted(wait, noticed)).toEqual(line);
  expect(noted(wait, undefined)).toEqual(wait);
});

test('a wait is due when it is read for the last time before it is late', () => {
  expect(dueTime(noticed)).toBe(4_025);
  expect(dueTime(unread)).toBe(4_025);
  expect(dueTime({ pending: 3_000, ended: 4_000 })).toBe(3_500);
  expect(dueTime(undefined)).toBe(Infinity);
});

test('waits that have become much shorter are soon noticed in time', () => {
  const waits = Array.from({ length: 10 }, () => ({ ms: 20_000, before: 0 }));
  for (let count = 0; count < 14; count += 1) {
    const times = reads(expectationOf(waits.slice(-10)), 5_000);
    waits.push({ ms: times.at(-1) ?? 0, before: times.at(-2) ?? 0 });
  }
  expect(waits.at(-1)?.ms).toBeLessThan(5_600);
});

test('progress shows when a snapshot is due, also without history', () => {
  const length = 60_000;
  const even = (at: number): ResourceState => ({
    state: 'pending',
    percent: Math.floor((100 * at) / length),
  });
  const times = reads(undefined, length, even);
  expect(times.length).toBeLessThan(30);
  expect((times.at(-1) ?? 0) - length).toBeLessThan(2_000);
});
