import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockStates } from '../../../src/host/file-lock.js';
import { lockForCleanUp } from '../../../src/ledger/build-lock.js';
import { LedgerStore } from '../../../src/ledger/store.js';

const { uid, gid } = userInfo();
let directory: string;
let files: LedgerStore;
const pathOf = (build: string): string => join(directory, String(uid), `${build}.jsonl`);
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'build-omi-state-'));
  files = new LedgerStore(directory, { uid, gid, name: 'me', home: '/' });
  files.prepare();
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a line after an incomplete write is a line of its own', () => {
  const append = files.appender('b');
  append('one');
  unlinkSync(pathOf('b'));
  symlinkSync('/dev/full', pathOf('b'));
  expect(() => append('two')).toThrow('ENOSPC');
  unlinkSync(pathOf('b'));
  writeFileSync(pathOf('b'), 'one\ntw');
  append('three');
  append('four');
  expect(readFileSync(pathOf('b'), 'utf8')).toBe('one\ntw\nthree\nfour\n');
});

test('a ledger without a complete line is ignored, and removed after a minute', () => {
  const long = Date.now() / 1000 - 3600;
  for (const [build, text] of Object.entries({ empty: '', torn: '{"ledger":1,', begun: '', whole: '{}\n' })) {
    writeFileSync(pathOf(build), text);
    if (build !== 'begun') utimesSync(pathOf(build), long, long);
  }
  expect(['empty', 'torn', 'begun', 'whole', 'none'].map((build) => files.read(build))).toEqual([
    undefined,
    undefined,
    undefined,
    '{}\n',
    undefined,
  ]);
  files.prepare();
  expect(readdirSync(join(directory, String(uid))).sort()).toEqual(['begun.jsonl', 'whole.jsonl']);
});

test('a state directory that cannot be written is an error that names the option', () => {
  writeFileSync(join(directory, 'file'), '');
  const closed = new LedgerStore(join(directory, 'file/state'), { uid, gid, name: 'me', home: '/' });
  expect(() => closed.prepare()).toThrow(/^state_dir: .*file\/state cannot be written \(.*ENOTDIR/);
  rmSync(join(directory, String(uid)), { recursive: true });
  expect(() => files.appender('b')('one')).toThrow(/^state_dir: .* cannot be written/);
});

test('a path that is not a regular file neither blocks nor is followed', () => {
  execFileSync('mkfifo', [pathOf('fifo')]);
  mkdirSync(pathOf('folder'));
  symlinkSync('loop.jsonl', pathOf('loop'));
  writeFileSync(join(directory, 'elsewhere'), '{}\n');
  symlinkSync(join(directory, 'elsewhere'), pathOf('link'));
  for (const build of ['fifo', 'folder', 'loop', 'link'])
    expect(() => files.read(build)).toThrow(/ is ignored: it is not a regular file$/);
  files.prepare();
  expect(files.builds().sort()).toEqual(['fifo', 'folder', 'link', 'loop']);
});

test('a link instead of the directory of a user is refused, and its target is not changed', () => {
  const canary = join(directory, 'canary');
  mkdirSync(canary, { mode: 0o755 });
  writeFileSync(join(canary, 'b.jsonl'), '{}\n');
  rmSync(join(directory, String(uid)), { recursive: true });
  symlinkSync(canary, join(directory, String(uid)));
  expect(() => files.prepare()).toThrow(/^state_dir: .* is not a folder of user/);
  expect(() => files.read('b')).toThrow(/ is ignored: it is not a folder of user/);
  expect(files.builds()).toEqual([]);
  expect(statSync(canary).mode & 0o777).toBe(0o755);
});

test('at most 1,000 ledgers of a user are listed, and none over 1 MiB is read', () => {
  for (let count = 0; count < 1010; count += 1) writeFileSync(pathOf(`b${count}`), '{}\n');
  expect(files.builds()).toHaveLength(1000);
  writeFileSync(pathOf('b0'), `${'x'.repeat(1024 * 1024)}\n`);
  expect(() => files.read('b0')).toThrow('it is larger than 1 MiB');
});

test('the lines of a ledger have disk space before they are written', async () => {
  const file = await files.create('b');
  closeSync(file);
  const { size, blocks } = statSync(pathOf('b'));
  expect(size).toBe(0);
  // In units of 512 bytes (stat(2)).
  expect(blocks * 512).toBeGreaterThanOrEqual(128 * 1024);
});

test('the ledger of a build is locked against cleanup until its file is closed', async () => {
  const file = await files.create('b');
  expect(await lockForCleanUp(pathOf('b'))).toBe('held');
  expect(await lockStates([pathOf('b'), pathOf('none')])).toEqual(['held', 'absent']);
  closeSync(file);
  expect(await lockStates([pathOf('b')])).toEqual(['free']);
  const lock = await lockForCleanUp(pathOf('b'));
  expect(typeof lock).toBe('object');
  expect(await lockForCleanUp(pathOf('b'))).toBe('held');
  expect(await lockStates([pathOf('b')])).toEqual(['free']);
  if (typeof lock === 'object') lock[Symbol.dispose]();
});
