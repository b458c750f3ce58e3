import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RefusalFiles } from '../../../src/ledger/refusal-files.js';
import { RefusedKeys } from '../../../src/outscale/client/key-lockout.js';
import { ApiError } from '../../../src/outscale/errors.js';

const user = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };
const refused = new ApiError('ReadVms', { status: 400, code: '4120' }, 'req-1');

let scratch: string;
let folder: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'refusals-'));
  folder = join(scratch, String(user.uid));
  mkdirSync(folder);
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** What a build of this VM knows of refused keys. */
const build = () => new RefusedKeys(new RefusalFiles(scratch, user));

test('three refusals in a row of several builds stop all of them, for that key', () => {
  const [one, other] = [build(), build()];
  one.note('KEY', refused);
  other.note('KEY', refused);
  expect(() => build().check('KEY')).not.toThrow();
  other.note('KEY', refused);
  expect(() => one.check('KEY')).toThrow(refused);
  expect(() => build().check('KEY')).toThrow('the API refused it 3 times in a row for builds on this VM');
  expect(() => build().check('OTHER')).not.toThrow();
  expect(readdirSync(folder).join()).toMatch(/^refused-[0-9a-f]{32}$/);
});

test('a success clears the count', () => {
  const [one, other] = [build(), build()];
  for (let count = 0; count < 3; count += 1) one.note('KEY', refused);
  other.note('KEY');
  expect(() => one.check('KEY')).not.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});

test('ten minutes clear the count', () => {
  const one = build();
  for (let count = 0; count < 3; count += 1) one.note('KEY', refused);
  const [name = ''] = readdirSync(folder);
  const before = new Date(Date.now() - 10 * 60_000 - 1000);
  utimesSync(join(folder, name), before, before);
  expect(() => one.check('KEY')).not.toThrow();
  one.note('KEY', refused);
  expect(() => build().check('KEY')).not.toThrow();
});

test('a link or a directory at the path of the file is not changed', () => {
  const one = build();
  one.note('KEY', refused);
  const [name = ''] = readdirSync(folder);
  rmSync(join(folder, name));
  writeFileSync(join(scratch, 'mine'), 'text');
  symlinkSync(join(scratch, 'mine'), join(folder, name));
  for (let count = 0; count < 3; count += 1) one.note('KEY', refused);
  expect(readFileSync(join(scratch, 'mine'), 'utf8')).toBe('text');
});

test('without the directory of the user, each build counts for itself', () => {
  rmSync(folder, { recursive: true });
  const one = build();
  for (let count = 0; count < 3; count += 1) one.note('KEY', refused);
  expect(() => one.check('KEY')).toThrow(refused);
  expect(() => build().check('KEY')).not.toThrow();
});
