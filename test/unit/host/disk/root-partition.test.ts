import { expect, test } from '@jest/globals';
import { freeSpaceFor } from '../../../../src/host/disk/growth.js';
import type { DiskLayout, Partition } from '../../../../src/host/disk/partitions.js';
import { rootCandidates, rootFromScratch } from '../../../../src/host/disk/root-partition.js';

const mebi = 2 ** 20;
const rootType = '4f68bce3-e8cd-4db1-96e7-fbcaf984b709';
const part = (number: number, filesystem?: string, type?: string): Partition => ({
  number,
  name: number === 0 ? 'vdb' : `vdb${number}`,
  start: number * 100 * mebi,
  size: 100 * mebi,
  filesystem,
  uuid: undefined,
  label: undefined,
  type,
  partUuid: undefined,
  partLabel: undefined,
});
const layout = (table: string | undefined, ...partitions: Partition[]): DiskLayout => ({
  table,
  partitions,
  whole: { ...part(0), size: 1000 * mebi },
});
const order = (...partitions: Partition[]): number[] =>
  rootCandidates(layout('gpt', ...partitions)).map(({ partition }) => partition.number);

test('probes the first partition first, then those of a root type, then the others', () => {
  expect(order(part(1, 'ext4'), part(2, 'xfs'), part(3, 'ext4', rootType))).toEqual([1, 3, 2]);
  expect(order(part(1), part(2, 'vfat'), part(3, 'ext4'))).toEqual([3]);
});

test('only the single filesystem of a disk is used without a probe', () => {
  expect(rootCandidates(layout('dos', part(1, 'ext4'))).map(({ probe }) => probe)).toEqual([false]);
  expect(rootCandidates(layout('gpt', part(1, 'vfat'), part(2, 'ext4'))).map(({ probe }) => probe)).toEqual([
    true,
  ]);
});

test.each([
  ['crypto_LUKS', /vdb2 is encrypted \(LUKS\)/],
  ['LVM2_member', /vdb2 belongs to a volume group \(LVM\)/],
  ['swap', /no partition of the volume has a filesystem that can contain a root/],
])('a disk with only %s has no root', (filesystem, why) => {
  expect(() => rootCandidates(layout('gpt', part(1, 'vfat'), part(2, filesystem)))).toThrow(why);
});

test('from scratch: the root type, else the first filesystem, else the whole disk', () => {
  const chosen = (...partitions: Partition[]): number =>
    rootFromScratch(layout('gpt', ...partitions)).partition.number;
  expect(chosen(part(1, 'ext4'), part(2, 'ext4', rootType))).toBe(2);
  expect(chosen(part(1), part(2, 'ext4'), part(3, 'ext4'))).toBe(2);
  expect(chosen(part(0, 'xfs'))).toBe(0);
});

test('the root can use the space at the end of the disk only as the last partition, and not as a logical one', () => {
  expect(freeSpaceFor(part(2), layout('gpt', part(1), part(2)))).toBe(700 * mebi);
  expect(freeSpaceFor(part(0), layout(undefined, part(0)))).toBe(0);
  expect(() => freeSpaceFor(part(1), layout('gpt', part(1), part(2)))).toThrow(/vdb2 is in between/);
  expect(() => freeSpaceFor(part(5), layout('dos', part(1), part(5)))).toThrow(/logical partition/);
  expect(
    freeSpaceFor({ ...part(1), size: 899 * mebi }, layout('gpt', { ...part(1), size: 899 * mebi })),
  ).toBe(0);
});
