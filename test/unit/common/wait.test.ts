import { describe, expect, test } from '@jest/globals';
import {
  abortable,
  type Progress,
  pollDelay,
  type ResourceState,
  sleep,
  type Wait,
  waitFor,
} from '../../../src/common/wait.js';

type Thing = ResourceState & { readonly reason?: string };
type Read = Thing | Error | undefined;

/** A wait on a snapshot under a clock of its own: each read returns the state at that second. */
function waiting(at: (second: number) => Read, more: Partial<Wait<Thing>> = {}) {
  let now = 0;
  const reads: number[] = [];
  const progress: Progress[] = [];
  const result = waitFor<Thing>({
    what: 'snapshot snap-1',
    read: async () => {
      reads.push(now);
      const state = at(now / 1000);
      if (state instanceof Error) throw state;
      return state;
    },
    done: (thing) => thing.state === 'completed',
    failed: (thing) => (thing.state === 'error' ? (thing.reason ?? 'no reason') : undefined),
    describe: ({ state, percent, queued = false }) => ({ state, percent, queued }),
    transient: (error) => error instanceof Error && error.message === 'hiccup',
    timeout: 3_600_000,
    stall: 900_000,
    clock: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    onProgress: (one) => progress.push(one),
    ...more,
  });
  return { result, reads, progress, now: () => now };
}

test('the first read is after 100 ms, and the delay grows', () => {
  const table = [0, 200, 1_000, 10_000, 60_000, 599_000, 601_000, 7_200_000].map(pollDelay);
  expect(table).toEqual([100, 100, 300, 3_000, 5_000, 5_000, 10_000, 10_000]);
});

test('returns the resource when it is done, after reporting every read', async () => {
  const { result, reads, progress } = waiting((second) =>
    second < 30 ? { state: 'pending', percent: Math.floor(second) } : { state: 'completed', percent: 100 },
  );
  await expect(result).resolves.toMatchObject({ state: 'completed', percent: 100 });
  expect(reads[0]).toBe(100);
  expect(reads.length).toBeLessThan(25);
  expect(progress.length).toBe(reads.length - 1);
  expect(progress.at(-1)).toMatchObject({ what: 'snapshot snap-1', state: 'pending', elapsed: reads.at(-2) });
});

describe('the error has the reason, the ID and the last state', () => {
  const pending = (percent: number): Thing => ({ state: 'pending', percent });
  const table: { end: string; at: (second: number) => Read; message: string; within: number }[] = [
    {
      end: 'failed',
      at: (s) => (s < 2 ? pending(40) : { state: 'error', reason: 'the disk failed' }),
      message: 'snapshot snap-1 failed: the disk failed; last state: error',
      within: 4,
    },
    {
      end: 'vanished',
      at: (s) => (s < 10 ? pending(40) : undefined),
      message: 'snapshot snap-1 does not exist; last state: pending, 40 %',
      within: 40,
    },
    {
      end: 'vanished',
      at: () => undefined,
      message: 'snapshot snap-1 does not exist; it was never found',
      within: 25,
    },
    {
      end: 'stalled',
      at: (s) => pending(Math.min(Math.floor(s / 10), 40)),
      message: 'snapshot snap-1 made no progress for 15 min; last state: pending, 40 %',
      within: 400 + 900 + 15,
    },
    {
      end: 'timeout',
      at: (s) => pending(Math.floor(s / 100)),
      message: 'snapshot snap-1 was not ready after 60 min; last state: pending, 36 %',
      within: 3600,
    },
  ];
  test.each(table)('$message', async ({ end, at, message, within }) => {
    const { result, now } = waiting(at);
    await expect(result).rejects.toMatchObject({ name: 'WaitError', reason: end, message });
    expect(now() / 1000).toBeLessThanOrEqual(within);
  });
});

test('the time limit is exact to the millisecond, with a last read at its end', async () => {
  const { result, reads } = waiting(() => ({ state: 'pending' }), { timeout: 12_345 });
  await expect(result).rejects.toThrow('snapshot snap-1 was not ready after 12 s; last state: pending');
  expect(reads.at(-1)).toBe(12_345);
});

test('the stall limit begins when the resource leaves the queue', async () => {
  const { result, now } = waiting((s) =>
    s < 2_000 ? { state: 'in-queue', queued: true } : { state: 'pending' },
  );
  await expect(result).rejects.toMatchObject({ reason: 'stalled' });
  expect(now()).toBeGreaterThanOrEqual(2_900_000);
});

test('time in the queue does not count for the time limit', async () => {
  const { result, now } = waiting(
    (s) => (s < 2_000 ? { state: 'in-queue', queued: true } : { state: 'pending', percent: s }),
    { timeout: 600_000, queueTimeout: 3_000_000 },
  );
  await expect(result).rejects.toMatchObject({
    reason: 'timeout',
    message: expect.stringMatching(/^snapshot snap-1 was not ready after 10 min/),
  });
  // The last read in the queue may be one interval before its end.
  expect(now() / 1000).toBeGreaterThanOrEqual(2_590);
  expect(now() / 1000).toBeLessThanOrEqual(2_600);
});

test('the queue has a time limit of its own, across transient errors', async () => {
  const { result, now } = waiting(
    (s) => (s > 30 && s < 40 ? new Error('hiccup') : { state: 'in-queue', queued: true, percent: 0 }),
    { timeout: 60_000, stall: 60_000, queueTimeout: 1_200_000 },
  );
  await expect(result).rejects.toMatchObject({
    reason: 'timeout',
    message: 'snapshot snap-1 was still in the queue after 20 min; last state: in-queue, 0 %',
  });
  expect(now()).toBe(1_200_000);
});

test('a short absence does not end the wait', async () => {
  const { result } = waiting((s) =>
    s < 8 || (s > 20 && s < 30) ? undefined : { state: s < 60 ? 'pending' : 'completed' },
  );
  await expect(result).resolves.toMatchObject({ state: 'completed' });
});

test('transient errors of reads do not end the wait before its time limit', async () => {
  const hiccup = new Error('hiccup');
  const { result, progress } = waiting((s) =>
    s < 1 ? { state: 'pending' } : s < 2_000 ? hiccup : { state: 'completed' },
  );
  await expect(result).resolves.toMatchObject({ state: 'completed' });
  expect(progress.at(-1)).toMatchObject({ state: 'pending' });
});

test('if all reads failed, the error has the last failure as cause', async () => {
  const hiccup = new Error('hiccup');
  const { result, progress } = waiting(() => hiccup, { timeout: 5_000 });
  await expect(result).rejects.toMatchObject({ reason: 'timeout', cause: hiccup });
  expect(progress[0]).toMatchObject({ state: 'unknown' });
});

test('any other error of a read ends the wait with that error', async () => {
  const refused = new Error('the credentials were refused');
  await expect(waiting(() => refused).result).rejects.toBe(refused);
});

test('an abort ends the wait at once with its reason, even during a read', async () => {
  const cancel = new AbortController();
  const reason = new Error('cancelled');
  const { result } = waiting(() => undefined, {
    signal: cancel.signal,
    read: () => new Promise(() => setImmediate(() => cancel.abort(reason))),
  });
  await expect(result).rejects.toBe(reason);
});

test('an abort ends a sleep with its reason', async () => {
  const cancel = new AbortController();
  const reason = new Error('cancelled');
  setImmediate(() => cancel.abort(reason));
  await expect(sleep(60_000, cancel.signal)).rejects.toBe(reason);
  await expect(sleep(60_000, cancel.signal)).rejects.toBe(reason);
});

test('work that ends before an abort keeps its result or error', async () => {
  const { signal } = new AbortController();
  await expect(abortable(Promise.resolve(1), signal)).resolves.toBe(1);
  await expect(abortable(Promise.reject(new Error('own')), signal)).rejects.toThrow('own');
});

test('what was requested long ago is read at once, even after the time limit', async () => {
  for (const timeout of [3_600_000, 10_000]) {
    const { result, reads } = waiting(() => ({ state: 'completed' }), { begun: -60_000, timeout });
    await expect(result).resolves.toMatchObject({ state: 'completed' });
    expect(reads).toEqual([0]);
  }
  const { result, reads } = waiting(() => ({ state: 'pending' }), { begun: -60_000, timeout: 10_000 });
  await expect(result).rejects.toThrow('snapshot snap-1 was not ready after 10 s; last state: pending');
  expect(reads).toEqual([0]);
});
