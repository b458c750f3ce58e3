import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { treeDigest } from '../../../src/host/tree-digest.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tree-'));
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub', 'file'), 'one');
  symlinkSync('sub/file', join(folder, 'link'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...path: readonly string[]): string => join(folder, ...path);
const changes: Readonly<Record<string, () => void>> = {
  content: () => writeFileSync(at('sub', 'file'), 'two'),
  mode: () => chmodSync(at('sub', 'file'), 0o600),
  'mode of a directory': () => chmodSync(at('sub'), 0o700),
  name: () => renameSync(at('sub', 'file'), at('sub', 'file2')),
  directory: () => renameSync(at('sub', 'file'), at('file')),
  'another file': () => writeFileSync(at('empty'), ''),
  'target of a link': () => {
    rmSync(at('link'));
    symlinkSync('sub', at('link'));
  },
  'a file instead of a link': () => {
    rmSync(at('link'));
    writeFileSync(at('link'), 'one');
  },
};

test.each(Object.keys(changes))('%s changes the digest', async (name) => {
  const before = await treeDigest(folder, true);
  expect(await treeDigest(folder, true)).toBe(before);
  changes[name]?.();
  expect(await treeDigest(folder, true)).not.toBe(before);
});

test('modes of files count only if they are copied', async () => {
  const before = await treeDigest(folder, false);
  changes.mode?.();
  expect(await treeDigest(folder, false)).toBe(before);
});

test('a link is a link, unless a trailing slash follows it', async () => {
  symlinkSync(at('sub'), at('to-sub'));
  expect(await treeDigest(at('to-sub'), true)).not.toBe(await treeDigest(at('sub'), true));
  expect(await treeDigest(`${at('to-sub')}/`, true)).toBe(await treeDigest(at('sub'), true));
});

test('a path that does not exist has no digest', async () => {
  expect(await treeDigest(at('none'), true)).toBeUndefined();
});
