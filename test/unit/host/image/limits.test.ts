import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFstab } from '../../../../src/host/chroot/fstab.js';
import { ImageTree } from '../../../../src/host/image/image-fs.js';
import { groupId, userId } from '../../../../src/host/image/install.js';
import { firstOf } from '../../../../src/host/image/limits.js';

let work: string;
let tree: ImageTree;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  mkdirSync(join(work, 'etc'));
  tree = new ImageTree(work);
});
afterEach(() => rmSync(work, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(work, name), text);
const mebi = 2 ** 20;

test.each([
  ['/etc/fstab', () => readFstab(tree, '/etc/fstab')],
  ['/etc/passwd', () => userId(tree, 'web')],
  ['/etc/group', () => groupId(tree, 'web')],
])('rejects a sparse %s of 100 GiB without reading it into memory', (path, read) => {
  write(path, 'web:x:7:7\n');
  truncateSync(join(work, path), 100 * 2 ** 30);
  const before = process.memoryUsage().rss;
  expect(read).toThrow(`${path} of the image is larger than the limit of 1 MiB`);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * mebi);
});

test('reads a file of exactly the maximum size', () => {
  write('etc/passwd', `web:x:7:7::/:/bin/sh\n${'#'.repeat(mebi)}`.slice(0, mebi));
  expect(userId(tree, 'web')).toBe(7);
});

const entry = 'UUID=1 /data ext4 defaults 0 0\n';
test.each([
  ['1001 entries', entry.repeat(1001), /^\/etc\/fstab of the image has more entries than the limit of 1000$/],
  [
    'a line of 4097 bytes',
    `\n${'é'.repeat(2048)}x\n`,
    /^\/etc\/fstab of the image: line 2 is longer than the limit of 4096 bytes$/,
  ],
  [
    'a comment of 20 MB',
    `#${'x'.repeat(2e7)}`,
    /^\/etc\/fstab of the image is larger than the limit of 1 MiB$/,
  ],
])('rejects an fstab of %s; the error names file and limit', (_what, text, message) => {
  write('etc/fstab', text);
  expect(() => readFstab(tree, '/etc/fstab')).toThrow(message);
});

test('reads an fstab at the limits', () => {
  write('etc/fstab', `#${'x'.repeat(4095)}\n${entry.repeat(1000)}`);
  expect(readFstab(tree, '/etc/fstab')).toHaveLength(1000);
});

test('shows at most 20 messages, each on one line of at most 200 characters', () => {
  const shown = firstOf(
    Array.from({ length: 10_000 }, (_, number) => `${number}\n::error::${'x'.repeat(5000)}`),
  );
  expect(shown).toHaveLength(21);
  expect(shown.at(-1)).toBe('and 9980 more');
  expect(shown.join('').length).toBeLessThan(21 * 210);
  expect(shown[0]).toMatch(/^0\?::error::x+…$/);
});

test.each([
  ['empty', ''],
  ['hexadecimal', '0x10'],
  ['negative', '-1'],
  ['with a blank', ' 7'],
  ['a fraction', '1.5'],
  ['an exponent', '1e3'],
  ['-1 as chown(2) knows it', '4294967295'],
  ['too large', '99999999999'],
  ['a word', 'web'],
])('rejects a user or group of the image whose ID is %s', (_what, id) => {
  write('etc/passwd', `root:x:0:0\nweb:x:${id}:7::/:/bin/sh\n`);
  write('etc/group', `root:x:0:\nweb:x:${id}:\n`);
  expect(() => userId(tree, 'web')).toThrow(
    `files: /etc/passwd of the image has no valid ID for web: "${id}"`,
  );
  expect(() => groupId(tree, 'web')).toThrow(
    `files: /etc/group of the image has no valid ID for web: "${id}"`,
  );
});

test('accepts a number as an ID', () => {
  expect([userId(tree, '4294967294'), groupId(tree, '0')]).toEqual([4294967294, 0]);
  for (const id of ['4294967295', '99999999999999999999'])
    expect(() => userId(tree, id)).toThrow(`files: ${id} is not a valid ID (0 to 4294967294)`);
});
