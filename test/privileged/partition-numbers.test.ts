/** @alone It mounts a partition in the namespace of the machine. */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { grow } from '../../src/host/disk/growth.js';
import { rereadPartitions } from '../../src/host/disk/kernel-partitions.js';
import { layoutOf } from '../../src/host/disk/partitions.js';
import { exec } from '../../src/host/exec/exec.js';

const signal = AbortSignal.timeout(100_000);
let work: string;
let disk: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'build-omi-test-'));
  const file = join(work, 'disk');
  writeFileSync(file, '');
  truncateSync(file, 300 * 2 ** 20);
  const { stdout } = await exec(['losetup', '--find', '--show', '--partscan', file]);
  disk = stdout.trim().replace('/dev/', '');
});

afterAll(async () => {
  await exec(['partx', '--delete', `/dev/${disk}`], { answers: [1] });
  await exec(['losetup', '--detach', `/dev/${disk}`]);
  rmSync(work, { recursive: true });
});

/** Writes a partition table as a command of a user would, without a word to the kernel. */
const write = async (table: string, parts: readonly string[]): Promise<unknown> =>
  await exec(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--wipe=never', `/dev/${disk}`], {
    input: [`label: ${table}`, ...parts, ''].join('\n'),
  });

/** The device nodes of partitions, by number. */
const nodes = (): number[] =>
  readdirSync('/dev')
    .flatMap((name) => (name.startsWith(`${disk}p`) ? [Number(name.slice(disk.length + 1))] : []))
    .toSorted((one, other) => one - other);

const every = Array.from({ length: 128 }, (_, index) => index + 1);

test.each([
  ['the even numbers', every.filter((number) => number % 2 === 0)],
  ['the odd numbers', every.filter((number) => number % 2 === 1)],
  ['those of Ubuntu 24.04', [1, 14, 15, 16]],
  ['the first and the last', [1, 128]],
  ['none', []],
  ['an order that is not that of the disk', [128, 16, 15, 14, 1]],
])('the layout and /dev have all partitions of the table: %s', async (_what, numbers) => {
  await write(
    'gpt',
    numbers.map((number, index) => `${number}: start=${2048 * (index + 1)}, size=1M`),
  );
  const { partitions } = await layoutOf(disk, signal);
  const sorted = numbers.toSorted((one, other) => one - other);
  expect(partitions.map(({ number, start }) => [number, start / 2 ** 20])).toEqual(
    sorted.map((number) => [number, numbers.indexOf(number) + 1]),
  );
  expect(nodes()).toEqual(sorted);
});

test('MBR with logical partitions and a gap', async () => {
  await write('dos', [
    '4: start=2048, size=1M',
    '2: start=8192, size=80M, type=5',
    '5: size=2M',
    '6: size=3M',
  ]);
  const { partitions } = await layoutOf(disk, signal);
  expect(partitions.map(({ number }) => number)).toEqual([2, 4, 5, 6]);
  expect(nodes()).toEqual([2, 4, 5, 6]);
});

test('filesystems are found where the partitions are now, although their numbers and names stay', async () => {
  const locations = ['start=2048, size=8M', 'start=65536, size=8M'];
  const numbered = (parts: readonly string[]): string[] => parts.map((part, at) => `${at + 1}: ${part}`);
  await write('gpt', [...numbered(locations), '3: start=131072, size=8M']);
  await rereadPartitions(disk, signal);
  for (const number of [1, 2]) await exec(['mke2fs', '-q', '-L', `l${number}`, `/dev/${disk}p${number}`]);
  const labels = async (): Promise<unknown[]> =>
    (await layoutOf(disk, signal)).partitions.map(({ label }) => label);
  expect(await labels()).toEqual(['l1', 'l2', undefined]);
  await write('gpt', numbered(locations.toReversed()));
  expect(await labels()).toEqual(['l2', 'l1']);
});

test.each(['gpt', 'dos'])('a grown partition is known as it is on the disk: table %s', async (table) => {
  await write(table, ['label-id: 0x0'].slice(table === 'gpt' ? 1 : 0).concat('1: start=2048, size=64M'));
  await rereadPartitions(disk, signal);
  await exec(['mke2fs', '-q', '-t', 'ext4', '-L', 'root', `/dev/${disk}p1`]);
  const layout = await layoutOf(disk, signal);
  const [root] = layout.partitions;
  if (root === undefined) throw new Error('no partition');
  const grown = await grow(root, layout, 'required', { signal, notice: () => {} });
  expect(grown?.size).toBeGreaterThan(290 * 2 ** 20);
  expect([grown]).toEqual((await layoutOf(disk, signal)).partitions);
});

test('a partition that did not change keeps its device, one that grows can be in use', async () => {
  const device = (number: number): number => statSync(`/dev/${disk}p${number}`).rdev;
  await write('gpt', ['1: start=2048, size=8M', '9: start=65536, size=32M', '3: start=204800, size=1M']);
  await rereadPartitions(disk, signal);
  await exec(['mke2fs', '-q', `/dev/${disk}p9`]);
  const before = [device(1), device(9)];
  await exec(['mount', `/dev/${disk}p9`, '--mkdir', join(work, 'mnt')]);
  try {
    await write('gpt', ['1: start=2048, size=8M', '9: start=65536, size=64M', '7: start=204800, size=1M']);
    const { partitions } = await layoutOf(disk, signal);
    expect(partitions.map(({ number, size }) => [number, size / 2 ** 20])).toEqual([
      [1, 8],
      [7, 1],
      [9, 64],
    ]);
    expect([device(1), device(9)]).toEqual(before);
    await write('gpt', ['9: start=131072, size=8M']);
    await expect(rereadPartitions(disk, signal)).rejects.toThrow(/does not accept partition 9 of loop\d+/);
  } finally {
    await exec(['umount', join(work, 'mnt')]);
  }
});
