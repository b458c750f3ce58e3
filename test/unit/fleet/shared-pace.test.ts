import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { paceLogIn } from '../../../src/fleet/pace-files.js';
import { sharedPace } from '../../../src/fleet/shared-pace.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };

let directory: string;
let warnings: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pace-'));
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const build = (more: { readonly accessKey?: string; readonly directory?: string } = {}) =>
  sharedPace({
    directory,
    user,
    endpoint: 'https://api.example',
    accessKey: 'KEY',
    rate: 2,
    warn: (line) => warnings.push(line),
    ...more,
  });

/** Milliseconds that the third of three calls waits, at 2 a second. */
async function thirdCall(...paces: ReturnType<typeof build>[]): Promise<number> {
  const [one, two, three] = paces;
  const first = await one?.turn('ReadVms');
  await two?.turn('ReadVms');
  return ((await three?.turn('CreateTags')) ?? 0) - (first ?? 0);
}

test('the builds of a user share a pace for an endpoint and a key', async () => {
  expect(await thirdCall(build(), build(), build())).toBeGreaterThan(1_000);
  expect(
    await thirdCall(build({ accessKey: 'a' }), build({ accessKey: 'b' }), build({ accessKey: 'c' })),
  ).toBeLessThan(500);
  expect(warnings).toEqual([]);
  const [folder = ''] = readdirSync(directory);
  expect(folder).toBe(`${user.uid}.shared`);
  expect(statSync(join(directory, folder)).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(join(directory, folder))) expect(name).toMatch(/^pace-[0-9a-f]{32}$/);
});

test('without a state directory there is nobody to share with', async () => {
  const missing = { directory: join(directory, 'missing') };
  expect(await thirdCall(build(missing), build(missing), build(missing))).toBeLessThan(500);
  expect(readdirSync(directory)).toEqual([]);
  expect(warnings).toEqual([]);
});

test.each([
  ['a file', (path: string) => writeFileSync(path, '')],
  ['a link', (path: string) => symlinkSync(tmpdir(), path)],
])('%s in place of its directory is a warning, and the process keeps a pace of its own', async (_, make) => {
  make(join(directory, `${user.uid}.shared`));
  const pace = build();
  expect(await thirdCall(pace, pace, pace)).toBeGreaterThan(1_000);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^state_dir: the rate of API calls is not shared with other builds on this VM \(.+\)$/,
    ),
  ]);
});

test('a number is appended once, whoever comes first', () => {
  const folder = join(directory, 'log');
  mkdirSync(folder);
  const [one, other] = [paceLogIn(folder, user), paceLogIn(folder, user)];
  expect(one.last()).toBeUndefined();
  expect(one.append(1, '10 1 0 1')).toBe(true);
  expect(other.append(1, '10 2 0 2')).toBe(false);
  expect(other.last()).toEqual({ number: 1, text: '10 1 0 1' });
});

test('old records go', () => {
  const folder = join(directory, 'log');
  mkdirSync(folder);
  const log = paceLogIn(folder, user);
  for (let number = 1; number <= 200; number += 1) log.append(number, '10 1 0 1');
  expect(log.last()?.number).toBe(200);
  expect(readdirSync(folder)).toHaveLength(64);
});
