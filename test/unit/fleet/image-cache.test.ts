import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clearImages } from '../../../src/fleet/clear-images.js';
import { ImageCache } from '../../../src/fleet/image-cache.js';

const uid = process.getuid?.() ?? 0;
const user = { uid, gid: process.getgid?.() ?? 0, name: 'me', home: '/' };
const signal = AbortSignal.timeout(20_000);
/** The checksum of an image, by a digit. */
const named = (digit: number | string): string => String(digit).repeat(64);

let directory: string;
let cache: ImageCache;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'image-cache-'));
  const found = ImageCache.in(directory, user, 1000);
  if (found === undefined) throw new Error('there is no cache');
  cache = found;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** An image that was used at a time. @param bytes of the file, which is a hole */
function put(name: string, bytes: number, time: number): void {
  writeFileSync(join(cache.folder, name), '');
  truncateSync(join(cache.folder, name), bytes);
  utimesSync(join(cache.folder, name), time, time);
}
const names = (): string[] => readdirSync(cache.folder).sort();

test('by default a user has 10 GiB', () => {
  expect(ImageCache.in(directory, user)?.limit).toBe(10 * 2 ** 30);
});

test('the images that were not used for the longest time go, until there is room', () => {
  put(named(1), 300, 30);
  put(named(2), 300, 10);
  put(`${named(3)}.part`, 300, 20);
  cache.makeRoom(100, named(4));
  expect(names()).toEqual([named(1), named(2), `${named(3)}.part`]);
  cache.makeRoom(101, named(4));
  expect(names()).toEqual([named(1), `${named(3)}.part`]);
  cache.makeRoom(1000, named(4));
  expect(names()).toEqual([]);
});

test('the use of an image counts, and what is downloaded makes no room by itself', () => {
  put(named(1), 400, 10);
  put(named(2), 400, 20);
  put(`${named(3)}.part`, 900, 5);
  closeSync(cache.open(named(1)) ?? 0);
  cache.makeRoom(600, named(3));
  expect(names()).toEqual([named(1), `${named(3)}.part`]);
});

test('a download whose name went to make room is still complete, and is not taken for another one', async () => {
  const file = (await cache.openPart(named(1), signal)) ?? 0;
  writeFileSync(file, 'image');
  cache.makeRoom(1000, named(2));
  put(`${named(1)}.part`, 9, 10);
  cache.finish(named(1), file);
  expect(readFileSync(`/proc/self/fd/${file}`, 'utf8')).toBe('image');
  expect(names()).toEqual([`${named(1)}.part`]);
  closeSync(file);
});

test('sweep removes images and interrupted downloads, and leaves what a build downloads', async () => {
  put(named(1), 5, 10);
  put(`${named(2)}.part`, 5, 10);
  put('notes', 5, 10);
  const open = cache.open(named(1)) ?? 0;
  const file = (await cache.openPart(named(3), signal)) ?? 0;
  expect(await clearImages(directory, user)).toMatchObject({ count: 2 });
  expect(names()).toEqual([`${named(3)}.part`, 'notes'].sort());
  writeFileSync(file, 'image');
  cache.finish(named(3), file);
  expect(names()).toContain(named(3));
  expect(readFileSync(open).length).toBe(5);
  for (const one of [open, file]) closeSync(one);
  expect(await clearImages(directory, { ...user, uid: 12_345 })).toMatchObject({ count: 0 });
  expect(names()).toContain(named(3));
});

test('sweep follows no link, and removes nothing from a directory of another user', async () => {
  put(named(1), 5, 10);
  const elsewhere = join(directory, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, named(5)), 'kept');
  symlinkSync(join(elsewhere, named(5)), join(cache.folder, named(6)));
  symlinkSync(elsewhere, join(directory, '11.shared'));
  mkdirSync(join(directory, '12.shared'));
  symlinkSync(elsewhere, join(directory, '12.shared', 'images'));
  mkdirSync(join(directory, '13.shared'));
  renameSync(elsewhere, join(directory, '13.shared', 'images'));
  expect(await clearImages(directory, { ...user, uid: 0 })).toMatchObject({ count: 1 });
  expect(existsSync(join(directory, '13.shared', 'images', named(5)))).toBe(true);
  expect(names()).toEqual([named(6)]);
});

test('without a state directory there is nothing', async () => {
  expect(await clearImages(join(directory, 'none'), user)).toEqual({ count: 0, bytes: 0 });
});
