import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { takeBootTurn } from '../../../src/fleet/boot-turns.js';
import { availableMemory } from '../../../src/host/memory.js';

const gib = 2 ** 30;
const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'root', home: '/root' };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-omi-turns-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Takes a turn, or says how many tests are running if there is none. */
async function take(available: number): Promise<Disposable | number> {
  const stop = new AbortController();
  let running = -1;
  return await takeBootTurn({
    directory,
    user,
    signal: stop.signal,
    available: () => available,
    onWait: (count) => {
      running = count;
      stop.abort(new Error('it waits'));
    },
  }).catch((error: unknown) => {
    if (running < 0) throw error;
    return running;
  });
}

test('as many boot tests run at once as there was memory for, and the next waits', async () => {
  const turns = [await take(2.9 * gib), await take(1.9 * gib)];
  expect(turns).not.toContainEqual(expect.any(Number));
  expect(await take(1.5 * gib)).toBe(2);
  const [first] = turns;
  if (typeof first === 'object') first[Symbol.dispose]();
  expect(await take(0.5 * gib)).toBe(1);
  const third = await take(1.5 * gib);
  expect(third).toEqual(expect.any(Object));
  for (const turn of [turns[1], third]) if (typeof turn === 'object') turn[Symbol.dispose]();
  expect(readdirSync(join(directory, `${user.uid}.shared`, 'boot-tests'))).toEqual([]);
});

test('one boot test runs whatever the memory', async () => {
  using turn = { [Symbol.dispose]: () => {}, turn: await take(0) };
  expect(turn.turn).toEqual(expect.any(Object));
  expect(await take(0)).toBe(1);
});

test('the memory that is available, in bytes', () => {
  expect(availableMemory('MemTotal:       24000000 kB\nMemAvailable:    2048 kB\n')).toBe(2 * 2 ** 20);
  expect(availableMemory('')).toBe(0);
  expect(availableMemory()).toBeGreaterThan(0);
});
