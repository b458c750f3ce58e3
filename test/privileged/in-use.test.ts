import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pathsInUse } from '../../src/cleanup/in-use.js';
import { identify } from '../../src/host/proc/identity.js';

const { uid, gid } = userInfo();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-omi-state-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Writes the ledger of a build whose owner is this process, or a process that has ended. */
function ledger(build: string, claim: object, { user = uid, isAlive = true } = {}): void {
  const folder = join(directory, String(user));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = identify(process.pid);
  const owner = isAlive ? own : { ...own, start: '1' };
  const header = { ledger: 1, build, endpoint: '', account: '', region: '', vm: '', user, owner };
  const path = join(folder, `${build}.jsonl`);
  writeFileSync(path, `${JSON.stringify(header)}\n${JSON.stringify({ claim: { number: 1, ...claim } })}\n`);
  for (const one of [folder, path]) chownSync(one, user, user === uid ? gid : user);
}

const directoryAt = (path: unknown): object => ({ kind: 'directory', data: { path } });

test('paths at, above and below a path are in use if their build is running', async () => {
  ledger('0000000000b1', directoryAt('/mnt/a/b'));
  ledger('0000000000b2', directoryAt('/mnt/a/b/c'));
  ledger('0000000000b3', directoryAt('/mnt'));
  ledger('0000000000b4', directoryAt('/mnt/a/bc'));
  ledger('0000000000b5', directoryAt('/mnt/a/b/ended'), { isAlive: false });
  expect((await pathsInUse(directory, '', uid, '/mnt/a/b')).toSorted()).toEqual([
    '/mnt',
    '/mnt/a/b',
    '/mnt/a/b/c',
  ]);
  expect(await pathsInUse(directory, '0000000000b3', uid, '/mnt/x')).toEqual([]);
});

test.each([
  ['a number as a path', directoryAt(7)],
  ['no path', directoryAt(undefined)],
  ['no data', { kind: 'directory' }],
])('a ledger of another user with %s prevents no build', async (_, claim) => {
  ledger('0000000000b1', claim, { user: 12345 });
  ledger('0000000000b2', claim, { user: 12345, isAlive: false });
  ledger('0000000000b3', directoryAt('/mnt/a'));
  expect(await pathsInUse(directory, '', uid, '/mnt/a')).toEqual(['/mnt/a']);
});
