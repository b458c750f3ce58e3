import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describe } from '../../src/errors.js';
import { ImageTree } from '../../src/host/image-tree.js';
import { installFile } from '../../src/host/install-files.js';

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

test('with a slash at its end a link to a folder is the folder', async () => {
  symlinkSync('folder', join(work, 'link'));
  expect(await install('link/', '/opt/x')).toBe('installed');
  expect(readdirSync(join(image, 'opt/x'))).toEqual(['file']);
});

test('what cannot be copied is an error that names the option, source and destination', async () => {
  writeFileSync(join(image, 'taken'), '');
  expect(await install('folder/', '/taken')).toBe(
    'files: /folder/ cannot be copied to /taken: /taken is not a folder in the image',
  );
  writeFileSync(Buffer.from(`${work}/folder/\xe9t\xe9`, 'latin1'), '');
  expect(await install('folder/', '/opt/x')).toMatch(/^files: .*: in \/folder is a name that is not UTF-8: /);
});
