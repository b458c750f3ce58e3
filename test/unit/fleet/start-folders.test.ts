import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeStartFolders } from '../../../src/fleet/start-folders.js';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'compile-cache-'));
  chmodSync(state, 0o755);
});
afterEach(() => rmSync(state, { recursive: true }));

const someone = { uid: 4321, gid: 4321, name: 'someone', home: '/' };

test('the directory is private to the user', () => {
  makeStartFolders(state, someone);
  const { mode, uid } = statSync(join(state, '4321.shared', 'compile-cache'));
  expect([mode & 0o777, uid]).toEqual([0o700, 4321]);
});

test('files of too many versions are removed', () => {
  const root = { ...someone, uid: 0, gid: 0 };
  makeStartFolders(state, root);
  const cache = join(state, '0.shared', 'compile-cache');
  for (let file = 0; file < 40; file++) writeFileSync(join(cache, String(file)), '');
  makeStartFolders(state, root);
  expect(readdirSync(cache)).toHaveLength(40);
  // Node 22 and newer kept its own here once, in directories.
  mkdirSync(join(cache, 'v22', 'more'), { recursive: true });
  makeStartFolders(state, root);
  expect(readdirSync(cache)).toEqual([]);
});
