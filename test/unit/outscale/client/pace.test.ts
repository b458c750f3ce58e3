import { expect, test } from '@jest/globals';
import {
  createPace,
  type Pace,
  type PaceLog,
  paceLogInMemory,
} from '../../../../src/outscale/client/pace.js';

/** Several processes with one log and one clock, which moves to the next sleeper when all of them sleep. */
function processes(log: PaceLog = paceLogInMemory()) {
  let now = 1_000;
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  const start = (rate?: number): Pace =>
    createPace({
      log,
      rate,
      clock: () => Math.floor(now),
      sleep: async (ms) => await new Promise((wake) => sleepers.push({ until: now + ms, wake })),
    });
  /** Runs until nobody sleeps, or until `end`. */
  const run = async (end = Number.POSITIVE_INFINITY): Promise<void> => {
    while (true) {
      await new Promise(setImmediate);
      const next = sleepers.sort((a, b) => a.until - b.until).at(0);
      if (next === undefined || next.until > end) break;
      sleepers.shift();
      now = Math.max(now, next.until);
      next.wake();
    }
    if (end !== Number.POSITIVE_INFINITY) now = end;
  };
  return { start, run, now: () => now };
}

/** The most turns within any second. */
const densest = (turns: readonly number[]): number =>
  Math.max(...turns.map((from) => turns.filter((at) => at >= from && at - from < 1_000).length));

test('twenty calls in the first second, for all processes together', async () => {
  const { start, run, now } = processes();
  const paces = Array.from({ length: 6 }, () => start());
  const turns: number[] = [];
  for (const pace of paces)
    for (let count = 0; count < 5; count += 1)
      void pace.turn('ReadVolumes').then((turn) => void turns.push(turn));
  await run();
  expect(turns).toHaveLength(30);
  expect(densest(turns)).toBe(20);
  expect(now()).toBeLessThan(1_000 + 2 * 1_100);
});

test('changes go before reads, however long these have waited', async () => {
  const { start, run } = processes();
  const [reader, writer] = [start(10), start(10)];
  const order: string[] = [];
  const ask = (pace: Pace, operation: string): void =>
    void pace.turn(operation).then(() => order.push(operation));
  for (let count = 0; count < 10; count += 1) ask(reader, 'ReadVms');
  await run(1_500);
  for (let count = 0; count < 10; count += 1) ask(reader, 'ReadVolumes');
  await run(1_900);
  for (let count = 0; count < 3; count += 1) ask(writer, 'CreateTags');
  await run();
  expect(order.slice(10, 13)).toEqual(['CreateTags', 'CreateTags', 'CreateTags']);
  expect(order).toHaveLength(23);
});

test('a burst of refusals lowers the rate once, for all processes', async () => {
  const { start, run } = processes();
  const [one, other] = [start(), start()];
  const sent = [await one.turn('ReadVms'), await other.turn('ReadVms'), await other.turn('ReadVms')];
  await run(2_000);
  for (const turn of sent) other.refused(turn);
  await run(3_500);
  const turns: number[] = [];
  for (let count = 0; count < 12; count += 1) void one.turn('ReadVms').then((turn) => void turns.push(turn));
  await run();
  expect(turns).toHaveLength(12);
  expect(densest(turns)).toBe(10);
});

test('a fixed rate ignores refusals', async () => {
  const { start, run } = processes();
  const pace = start(3);
  const turns: number[] = [];
  for (let count = 0; count < 9; count += 1)
    void pace.turn('CreateTags').then((turn) => pace.refused(turns.push(turn) && turn));
  await run();
  expect(turns).toHaveLength(9);
  expect(densest(turns)).toBe(3);
});

test('an aborted call leaves the queue with the reason of the signal', async () => {
  const pace = createPace({ log: paceLogInMemory(), rate: 1 });
  await pace.turn('ReadVms');
  const cancel = new AbortController();
  const late = pace.turn('ReadVms', cancel.signal);
  cancel.abort(new Error('cancelled'));
  await expect(late).rejects.toThrow('cancelled');
});

test('a call of another process at the moment of a read does not reset the pace', async () => {
  let now = 5_000;
  const log = paceLogInMemory();
  log.append(1, '2 4000 4000 0 0 4990');
  const slow: PaceLog = {
    // The other process sends its call and this one is not scheduled meanwhile.
    last: () => {
      now += 20;
      if (log.last()?.number === 1) log.append(2, `2 4000 4000 0 0 4990 ${now}`);
      return log.last();
    },
    append: (number, text) => log.append(number, text),
  };
  const sleep = async (ms: number): Promise<void> => {
    now += Math.ceil(ms);
    return await Promise.resolve();
  };
  const turn = await createPace({ log: slow, clock: () => now, sleep }).turn('CreateTags');
  expect(turn).toBeGreaterThan(6_000);
  expect(log.last()?.text).toMatch(/^2(\.5)? /);
});
