import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeCompileCaches } from '../../../src/fleet/compile-cache.js';

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'compile-cache-'));
  chmodSync(state, 0o755);
});
afterEach(() => rmSync(state, { recursive: true }));

const someone = { uid: 4321, gid: 4321, name: 'someone', home: '/' };

test('root and the user have a private directory each', () => {
  makeCompileCaches(state, someone);
  for (const uid of [0, 4321]) {
    const { mode, uid: owner } = statSync(join(state, `${uid}.shared`, 'compile-cache'));
    expect([mode & 0o777, owner]).toEqual([0o700, uid]);
  }
});

test('files of too many versions are removed, and those of another node stay', () => {
  const root = { ...someone, uid: 0, gid: 0 };
  makeCompileCaches(state, root);
  const cache = join(state, '0.shared', 'compile-cache');
  for (const [node, files] of [
    ['v22', 100],
    ['v24', 101],
  ] as const) {
    mkdirSync(join(cache, node));
    for (let file = 0; file < files; file++) writeFileSync(join(cache, node, String(file)), '');
  }
  makeCompileCaches(state, root);
  expect(readdirSync(cache)).toEqual(['v22']);
});
