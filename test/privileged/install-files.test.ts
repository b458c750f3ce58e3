import {
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
import { describe } from '../../src/common/errors.js';
import { ImageTree } from '../../src/host/image/image-fs.js';
import { installFile } from '../../src/host/image/install.js';

let work: string;
let image: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  image = join(work, 'image');
  mkdirSync(image);
  mkdirSync(join(work, 'folder'));
  writeFileSync(join(work, 'folder/file'), 'content\n');
});
afterEach(() => rmSync(work, { recursive: true }));

const install = async (source: string, destination: string): Promise<string> =>
  await installFile(new ImageTree(image), { source: join(work, source), destination }).then(
    () => 'installed',
    (error: unknown) => describe(error).replaceAll(work, ''),
  );

test('a link to a directory with a trailing slash resolves to the directory', async () => {
  symlinkSync('folder', join(work, 'link'));
  expect(await install('link/', '/opt/x')).toBe('installed');
  expect(readdirSync(join(image, 'opt/x'))).toEqual(['file']);
});

test('a file that cannot be copied gives an error with option, source and destination', async () => {
  writeFileSync(join(image, 'taken'), '');
  expect(await install('folder/', '/taken')).toBe(
    'files: cannot copy /folder/ to /taken: /taken is not a directory in the image',
  );
  writeFileSync(Buffer.from(`${work}/folder/\xe9t\xe9`, 'latin1'), '');
  expect(await install('folder/', '/opt/x')).toMatch(
    /^files: .*: \/folder contains a file name that is not valid UTF-8: /,
  );
});

test.each([1, 200, 241, 242, 250, 255])('a file name of %i bytes is installed', async (bytes) => {
  for (const letter of ['x', 'é']) {
    const name = letter.repeat(bytes / Buffer.byteLength(letter)) || letter;
    expect(await install('folder/file', `/opt/${name}`)).toBe('installed');
    // Over the one that is there.
    expect(await install('folder/file', `/opt/${name}`)).toBe('installed');
    expect(readFileSync(join(image, 'opt', name), 'utf8')).toBe('content\n');
  }
  expect(readdirSync(join(image, 'opt')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('an owner without a valid ID in the image gives an error, and nothing is copied', async () => {
  mkdirSync(join(image, 'etc'));
  writeFileSync(join(image, 'etc/passwd'), 'web:x::0::/:/bin/sh\n');
  const file = { source: join(work, 'folder/file'), destination: '/opt/x', owner: 'web' };
  await expect(installFile(new ImageTree(image), file)).rejects.toThrow(/no valid ID for web/);
  expect(readdirSync(image)).toEqual(['etc']);
});
