import { expect, test } from '@jest/globals';
import { grow as growRoot } from '../../src/host/disk/growth.js';
import { attachSnapshot, type SnapshotDisk } from '../support/attached-snapshot.js';
import { buildDisk, tryDisk } from '../support/build-disk.js';
import { useCloud } from '../support/cloud.js';
import { type Part, smallest } from '../support/disk-images.js';
import { runnable } from '../support/kernel-features.js';

const biosBoot: Part = { size: 1, type: '21686148-6449-6E6F-744E-656564454649' };
const gibi = 2 ** 30;

const cloud = useCloud();

/** Whether the first partition of a disk would grow. */
async function grow({ layout }: SnapshotDisk): Promise<boolean> {
  const [root] = layout.partitions;
  if (root === undefined) throw new Error('no partition');
  const tools = { signal: AbortSignal.timeout(60_000), notice: () => {} };
  return (await growRoot(root, layout, 'optional', tools)) !== undefined;
}

test.each(
  runnable([
    ['ext4', 'gpt', 'a user with sudo'],
    ['xfs', 'gpt', 'a user with sudo'],
    ['btrfs', 'gpt', 'a user with sudo'],
    ['ext4', 'dos', 'root'],
    ['ext4', undefined, 'root'],
    ['xfs', undefined, 'root'],
    ['btrfs', undefined, 'root'],
  ] as const),
)('%s with table %s grows with the volume, before scripts run, as %s', async (filesystem, table, user) => {
  const root: Part = { size: smallest[filesystem], filesystem, linux: true };
  const parts = table === 'gpt' ? [biosBoot, root] : [root];
  const { snapshot } = await buildDisk(
    cloud,
    { table, parts },
    { 'root-volume-size': '3', run: 'df -k / > /root/df\n' },
    user,
  );
  await using disk = await attachSnapshot(cloud, snapshot);
  const number = table === undefined ? 0 : parts.length;
  const location = disk.layout.partitions.at(-1);
  expect(location?.size).toBeGreaterThan(2.99 * gibi);
  expect(await disk.size(number)).toBeGreaterThan(2.8 * gibi);
  expect(disk.notQuiesced(number)).toBeUndefined();
  const inside = /\s(\d{7})\s/.exec((await disk.read(number, 'root/df')) ?? '')?.[1];
  expect(Number(inside) * 1024).toBeGreaterThan(2.8 * gibi);
});

test('the build refuses a root that is not the last partition, before it writes to the disk', async () => {
  const root: Part = { size: 48, filesystem: 'ext4', linux: true };
  const data: Part = { size: 16, filesystem: 'ext4', label: 'DATA' };
  const { code, text } = await tryDisk(
    cloud,
    { table: 'gpt', parts: [root, data] },
    { 'root-volume-size': '2' },
    'a user with sudo',
  );
  expect(code).toBe(1);
  expect(text).toMatch(
    /::error.*root_volume_size: the root loop\d+p1 cannot use the \d+ MiB .* loop\d+p2 is in between/,
  );
});

test.each(
  runnable([
    ['ext4', 'gpt'],
    ['xfs', 'dos'],
    ['btrfs', undefined],
    ['ext4', undefined],
  ] as const),
)('%s with table %s grows to its volume of 1 GiB, without root_volume_size', async (filesystem, table) => {
  const root: Part = { size: smallest[filesystem], filesystem, linux: true };
  const { snapshot, text } = await buildDisk(cloud, { table, parts: [root] }, {});
  expect(text).toMatch(/^Grew loop\d+(p1)? to the end of the volume$/m);
  await using disk = await attachSnapshot(cloud, snapshot);
  expect(await disk.size(table === undefined ? 0 : 1)).toBeGreaterThan(0.8 * gibi);
});

test('a filesystem grows to a partition that fills its volume; the next build changes nothing', async () => {
  const root: Part = { size: 1022, filesystem: 'ext4', linux: true, filesystemSize: 100 };
  const { snapshot, text } = await buildDisk(cloud, { table: 'dos', parts: [root] }, {});
  expect(text).toMatch(/^Grew loop\d+p1 to the end of the volume$/m);
  await using disk = await attachSnapshot(cloud, snapshot);
  expect(disk.layout.partitions.map(({ size }) => size / 2 ** 20)).toEqual([1022]);
  expect(await disk.size(1)).toBeGreaterThan(0.9 * gibi);
  expect(await grow(disk)).toBe(false);
});

test('a volume of the size of its source keeps a root that is followed by another partition, with a notice', async () => {
  const root: Part = { size: 48, filesystem: 'ext4', linux: true };
  const { snapshot, text } = await buildDisk(cloud, { table: 'dos', parts: [root, { size: 8 }] }, {});
  expect(text).toMatch(/::notice.*grow_root: loop\d+p1 does not fill the volume: .*loop\d+p2 is in between/);
  await using disk = await attachSnapshot(cloud, snapshot);
  expect(disk.layout.partitions.map(({ size }) => size / 2 ** 20)).toEqual([48, 8]);
});

test('without grow_root a larger volume keeps its partition table', async () => {
  const root: Part = { size: 48, filesystem: 'ext4', linux: true };
  const { snapshot } = await buildDisk(
    cloud,
    { table: 'dos', parts: [root] },
    { 'root-volume-size': '2', 'grow-root': 'false' },
  );
  await using disk = await attachSnapshot(cloud, snapshot);
  expect(disk.layout.whole.size).toBe(2 * gibi);
  expect(disk.layout.partitions.map(({ size }) => size / 2 ** 20)).toEqual([48]);
});
