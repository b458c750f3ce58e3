import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { hostNameOf } from '../../../../src/host/chroot/host-name.js';
import { ImageTree } from '../../../../src/host/image/image-fs.js';

const root = mkdtempSync(join(tmpdir(), 'host-name-'));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'etc'));

test('an image without /etc/hostname has the name localhost', () => {
  expect(hostNameOf(new ImageTree(root))).toBe('localhost');
});

test.each([
  ['web-1\n', 'web-1'],
  ['\n# comment\n  web.example.org  \nsecond', 'web.example.org'],
  ['', 'localhost'],
  ['# comment\n', 'localhost'],
  ['two words\n', 'localhost'],
  ['name\0hidden', 'localhost'],
  ['-dash', 'localhost'],
  ['a'.repeat(65), 'localhost'],
  ['a'.repeat(64), 'a'.repeat(64)],
])('/etc/hostname with %j means %s', (text, name) => {
  writeFileSync(join(root, 'etc/hostname'), text);
  expect(hostNameOf(new ImageTree(root))).toBe(name);
});
