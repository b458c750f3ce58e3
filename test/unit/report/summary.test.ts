import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { replaceFile } from '../../../src/report/manifest.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('replaceFile replaces a symbolic link, and its target stays unchanged', () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'manifest.json')];
  writeFileSync(file, 'precious');
  symlinkSync(file, link);
  replaceFile(link, 'text');
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(lstatSync(link).isFile()).toBe(true);
  expect(readFileSync(link, 'utf8')).toBe('text');
  expect(readdirSync(folder).sort()).toEqual(['file', 'manifest.json']);
});

test('a path that cannot be replaced is an error, and no temporary file remains', () => {
  const path = join(folder, 'manifest.json');
  mkdirSync(path);
  expect(() => replaceFile(path, 'text')).toThrow('EISDIR');
  expect(readdirSync(folder)).toEqual(['manifest.json']);
});
