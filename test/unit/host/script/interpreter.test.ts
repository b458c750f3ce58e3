import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { ImageTree } from '../../../../src/host/image/image-fs.js';
import { missingInterpreter } from '../../../../src/host/script/interpreter.js';

const root = mkdtempSync(join(tmpdir(), 'interpreter-'));
afterAll(() => rmSync(root, { recursive: true }));
for (const folder of ['usr/bin', 'opt/bin', 'etc']) mkdirSync(join(root, folder), { recursive: true });
for (const program of ['usr/bin/env', 'usr/bin/sh', 'opt/bin/tool', 'etc/text']) {
  writeFileSync(join(root, program), '');
  chmodSync(join(root, program), program === 'etc/text' ? 0o644 : 0o755);
}
symlinkSync('usr/bin', join(root, 'bin'));
symlinkSync('/opt/bin/tool', join(root, 'usr/bin/linked'));
symlinkSync('circle', join(root, 'usr/bin/circle'));
const tree = new ImageTree(root);
const missing = (text: string, shell?: string): string | undefined =>
  missingInterpreter(tree, { text: Buffer.from(text), shell }, '/usr/bin:/opt/bin');

test.each([
  '',
  'echo no line',
  '#!/bin/sh',
  '#! /bin/sh -e',
  '#!\t/bin/sh\n',
  '#!/usr/bin/linked\n',
  '#!usr/bin/sh\n',
  '#!/usr/bin/env sh\n',
  '#!/usr/bin/env -S LANG=C tool --option',
  '#!/usr/bin/env\n',
])('%j needs nothing that the image does not have', (text) => {
  expect(missing(text)).toBeUndefined();
});

test.each([
  ['#!/bin/bash\n', '/bin/bash'],
  ['#!/no/such/directory/sh', '/no/such/directory/sh'],
  ['#!/etc/text\n', '/etc/text'],
  ['#!/usr/bin\n', '/usr/bin'],
  ['#!/usr/bin/circle\n', '/usr/bin/circle'],
  ['#!/usr/local/bin/env sh\n', '/usr/local/bin/env'],
  ['#!/usr/bin/env python3 -u\n', 'python3'],
  ['#!/usr/bin/env -S A=b python3\n', 'python3'],
])('%j needs %s, which the image does not have', (text, program) => {
  expect(missing(text)).toBe(program);
});

test('env looks for its program in the PATH of the script', () => {
  const text = Buffer.from('#!/usr/bin/env tool');
  expect(missingInterpreter(tree, { text, shell: undefined }, '/usr/bin')).toBe('tool');
});

test('the option shell is looked up the same way, unless the script has a #! line', () => {
  expect(missing('echo', 'sh -eu')).toBeUndefined();
  expect(missing('echo', ' /opt/bin/tool -x ')).toBeUndefined();
  expect(missing('echo', 'bash -eo pipefail')).toBe('bash');
  expect(missing('#!/bin/sh\necho', 'bash')).toBeUndefined();
});

test('a program needs no interpreter', () => {
  expect(missing('\u007fELF\u0002\u0001', 'bash')).toBeUndefined();
  expect(missing('\u007fEL', 'bash')).toBe('bash');
});
