import { expect, test } from '@jest/globals';
import { issuesOf } from '../reading.js';

const image = { 'source-omi': '', 'source-image': 'disk.raw' };

test('an image replaces the source OMI', async () => {
  expect(await issuesOf(image)).toEqual([]);
  expect(await issuesOf({ 'source-image': 'disk.raw', 'source-omi': 'ami-12345678' })).toEqual([
    'source-omi: cannot be combined with source-image; remove one of them',
  ]);
});

test('a URL needs a checksum, and a checksum an image', async () => {
  expect(await issuesOf({ ...image, 'source-image': 'https://example.com/disk.raw' })).toEqual([
    'source-image-sha256: is required with a URL; write the checksum that its publisher names',
  ]);
  expect(await issuesOf({ 'source-image-sha256': '0'.repeat(64) })).toEqual([
    'source-image-sha256: is set without source-image; remove it',
  ]);
});

test('an image excludes from-scratch and volumes of type io1', async () => {
  expect(await issuesOf({ ...image, 'root-volume-type': 'io1' })).toEqual([
    'root-volume-type: "io1" requires a source of type io1; write standard or gp2',
  ]);
  expect(await issuesOf({ ...image, 'from-scratch': 'true' })).toContain(
    'source-image: cannot be combined with from-scratch; remove one of them',
  );
});
