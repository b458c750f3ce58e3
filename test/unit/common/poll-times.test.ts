import { expect, test } from '@jest/globals';
import { pollTimes } from '../../../src/common/poll-times.js';
import { pollDelay, type ResourceState } from '../../../src/common/wait.js';

/** The times in milliseconds at which a wait of a length reads, the last one included. */
function reads(
  expected: number | undefined,
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

test.each([
  // A short wait: one read shortly before it is due, then closely.
  [1_500, 1_500, [1_455, 1_555]],
  // An early read tells whether it has become much shorter.
  [4_000, 4_000, [2_400, 3_880, 4_000]],
  [4_000, 2_000, [2_400]],
  // Progress is shown at least every 10 s.
  [20_000, 20_000, [10_000, 12_000, 19_400, 20_000]],
])('a wait that took %d ms and takes %d ms is read at %j', (expected, length, times) => {
  expect(reads(expected, length)).toEqual(times);
});

test('a wait that is late is read with growing delays', () => {
  const times = reads(4_000, 30_000);
  const delays = times.slice(2).map((at, index) => at - (times[index + 1] ?? 0));
  expect(times.slice(0, 2)).toEqual([2_400, 3_880]);
  expect(delays[0]).toBeLessThan(150);
  expect(delays.at(-1)).toBeGreaterThan(3_000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(5_000);
  expect(times.length).toBeLessThan(25);
});

test('no read is more than a third late, and no wait of minutes more than 10 s', () => {
  for (const length of [1_000, 5_000, 40_000, 400_000]) {
    const late = (reads(length, length * 1.3).find((at) => at >= length * 1.2) ?? 0) - length * 1.2;
    expect(late).toBeLessThan(Math.min(10_000, length / 3));
  }
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
