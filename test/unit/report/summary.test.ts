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
import { replaceFile } from '../../../src/report/summary.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file takes the place of a link, and what the link leads to stays as it was', () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'manifest.json')];
  writeFileSync(file, 'precious');
  symlinkSync(file, link);
  replaceFile(link, 'text');
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect(lstatSync(link).isFile()).toBe(true);
  expect(readFileSync(link, 'utf8')).toBe('text');
  expect(readdirSync(folder).sort()).toEqual(['file', 'manifest.json']);
});

test('a name that cannot be replaced is an error, and nothing is left', () => {
  const path = join(folder, 'manifest.json');
  mkdirSync(path);
  expect(() => replaceFile(path, 'text')).toThrow('EISDIR');
  expect(readdirSync(folder)).toEqual(['manifest.json']);
});
