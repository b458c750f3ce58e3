import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockDigest } from '../../../src/fleet/digest-lock.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'digest-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const take = async (
  isNeeded: () => Promise<boolean>,
  digest = 'a'.repeat(64),
  warn: (line: string) => void = () => {},
) => await lockDigest({ directory, user, digest, signal: AbortSignal.timeout(20_000), isNeeded, warn });
const never = async (): Promise<boolean> => await Promise.reject(new Error('asked'));
const files = (): string[] => readdirSync(join(directory, `${user.uid}.shared`, 'reuse'));

test('builds of one digest have the lock one after the other, and no file stays', async () => {
  const order: number[] = [];
  const first = await take(never);
  let asked = 0;
  let last = (): void => {};
  const allAsked = new Promise<void>((resolve) => {
    last = resolve;
  });
  const others = [1, 2, 3].map(async (number) => {
    using _lock = await take(async () => {
      asked += 1;
      if (asked === 3) last();
      return await Promise.resolve(true);
    });
    order.push(number);
  });
  using _other = await take(never, 'b'.repeat(64));
  await allAsked;
  expect(order).toEqual([]);
  first[Symbol.dispose]();
  await Promise.all(others);
  expect(new Set(order)).toEqual(new Set([1, 2, 3]));
  expect(files()).toEqual(['b'.repeat(64)]);
});

test('a build that no longer needs the lock does not wait for it', async () => {
  using _first = await take(never);
  using _second = await take(async () => await Promise.resolve(false));
  expect(files()).toHaveLength(1);
});

test('a lock that cannot be had is a warning', async () => {
  writeFileSync(join(directory, `${user.uid}.shared`), '');
  const warnings: string[] = [];
  using _lock = await take(never, 'a', (line) => void warnings.push(line));
  expect(warnings).toEqual([expect.stringContaining('continuing without it')]);
});

test('only the user can read the file', async () => {
  using _lock = await take(never);
  const [name = ''] = files();
  expect(statSync(join(directory, `${user.uid}.shared`, 'reuse', name)).mode & 0o777).toBe(0o600);
});
