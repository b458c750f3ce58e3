import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitHistory } from '../../../src/fleet/wait-history.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };
const endpoint = 'https://api.example/api/v1';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const history = (from = endpoint) => waitHistory(directory, user, from);
const file = (): string => {
  const folder = join(directory, `${user.uid}.shared`, 'durations');
  return join(folder, readdirSync(folder)[0] ?? '');
};

test('the last ten waits of a kind count, for its endpoint', () => {
  for (const ms of [50, 4_000, 4_100.4, 3_900, ...Array.from({ length: 8 }, () => 5_000)])
    history().record('volume', { ms, before: 0 });
  history().record('snapshot-10', { ms: 20_000, before: 0 });
  expect(history().expected('volume')).toEqual({ pending: 0, ended: 3_900 });
  expect(history().expected('snapshot-10')).toEqual({ pending: 0, ended: 20_000 });
  expect(history().expected('image')).toBeUndefined();
  expect(history('https://other').expected('volume')).toBeUndefined();
});

test('the read before the end is part of the history', () => {
  history().record('link', { ms: 4_400, before: 2_600 });
  expect(history().expected('link')).toEqual({ pending: 2_600, ended: 4_400 });
});

test('the file stays small', () => {
  for (let count = 0; count < 3_000; count += 1) history().record('volume', { ms: 4_000 + count, before: 0 });
  expect(statSync(file()).size).toBeLessThan(20_000);
  expect(history().expected('volume')).toEqual({ pending: 0, ended: 6_990 });
});

test('lines that are damaged do not count', () => {
  history().record('volume', { ms: 4_000, before: 0 });
  writeFileSync(
    file(),
    `${readFileSync(file(), 'utf8')}volume -1 0\nvolume 1e9 0\nvolume 2\n\u0000\nvolume 3 0`,
    {
      flag: 'w',
    },
  );
  expect(history().expected('volume')).toEqual({ pending: 0, ended: 3 });
});

test('what cannot be read or written is no history and no error', () => {
  mkdirSync(join(directory, `${user.uid}.shared`), { recursive: true });
  writeFileSync(join(directory, `${user.uid}.shared`, 'durations'), '');
  history().record('volume', { ms: 1, before: 0 });
  expect(history().expected('volume')).toBeUndefined();
  rmSync(directory, { recursive: true });
  history().record('volume', { ms: 1, before: 0 });
  expect(history().expected('volume')).toBeUndefined();
});
