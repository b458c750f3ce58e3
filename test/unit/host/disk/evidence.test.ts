import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Disk, Names } from '../../../../src/host/disk/block-devices.js';
import { namesInDev } from '../../../../src/host/disk/block-devices.js';
import { evidenceOf, identifyDisk } from '../../../../src/host/disk/evidence.js';
import { findDisk } from '../../../../src/host/disk/find-disk.js';

const gibi = 2 ** 30;
const disk = (name: string, more: Partial<Disk> = {}): Disk => ({
  name,
  size: gibi,
  serial: undefined,
  sequence: '1',
  ...more,
});
const nothing: Names = { plain: [], byId: [], given: undefined };
const byId = (name: string, to: string): Names => ({
  ...nothing,
  byId: [{ name: `scsi-0QEMU_QEMU_HARDDISK_${name}`, disk: to }],
});
const plain = (name: string, to: string, isLink = false): Names => ({
  ...nothing,
  plain: [{ name, disk: to, isLink }],
});
const both = (one: Names, other: Names): Names => ({
  plain: [...one.plain, ...other.plain],
  byId: [...one.byId, ...other.byId],
  given: other.given,
});
const identification = (
  names: Names,
  before: Disk[],
  now: Disk[],
  size: number | undefined = gibi,
): unknown => identifyDisk(evidenceOf('/dev/xvdf', 'vol-12345678', before, now, names), size, now);

const vda = disk('vda');
const vdb = disk('vdb', { sequence: '2' });
test.each([
  ['its own name', plain('xvdf', 'vdb'), [vda], [vda, vdb], { disk: 'vdb' }],
  ['the other spelling, if there are no links', plain('sdf', 'vdb'), [vda], [vda, vdb], { disk: 'vdb' }],
  ['a link by its name', byId('sdf', 'vdb'), [vda], [vda, vdb], { disk: 'vdb' }],
  ['a link by the volume', byId('vol12345678', 'vdb'), [vda], [vda, vdb], { disk: 'vdb' }],
  ['only its serial', nothing, [vda], [vda, disk('vdb', { serial: 'vol12345678' })], { disk: 'vdb' }],
  [
    'a link, even if the kernel has another disk sdf',
    both(byId('sdf', 'sdb'), plain('sdf', 'sdf')),
    [],
    [disk('sdb'), disk('sdf')],
    { disk: 'sdb' },
  ],
  [
    'only a kernel name, if there are links',
    both(byId('sdz', 'vda'), plain('sdf', 'sdf')),
    [],
    [disk('sdf')],
    undefined,
  ],
  ['a name whose disk existed before', plain('xvdf', 'vda'), [vda], [vda], undefined],
  [
    'a name that a new disk has now',
    plain('xvdf', 'loop1'),
    [disk('loop1')],
    [disk('loop1', { sequence: '9' })],
    { disk: 'loop1' },
  ],
  [
    'a disk that was empty before',
    plain('xvdf', 'loop1'),
    [disk('loop1', { size: 0 })],
    [disk('loop1')],
    { disk: 'loop1' },
  ],
  ['a disk that appeared, without a name', nothing, [vda], [vda, vdb], undefined],
  [
    'two disks',
    both(byId('sdf', 'vdb'), plain('xvdf', 'vda')),
    [],
    [vda, vdb],
    { disagree: expect.stringContaining('vda, vdb') },
  ],
  [
    'another size',
    plain('xvdf', 'vdb'),
    [],
    [disk('vdb', { size: 5 })],
    { disagree: expect.stringContaining('5 bytes') },
  ],
  [
    'the path in nvme_device_path as well',
    { ...plain('xvdf', 'vdb'), given: ['vdb'] },
    [],
    [vdb],
    { disk: 'vdb' },
  ],
  [
    'a different disk in nvme_device_path',
    { ...plain('xvdf', 'vdb'), given: ['vda'] },
    [],
    [vda, vdb],
    { disagree: expect.anything() },
  ],
  [
    'a path in nvme_device_path that does not resolve to a disk',
    { ...plain('xvdf', 'vdb'), given: [] },
    [],
    [vdb],
    undefined,
  ],
] as [string, Names, Disk[], Disk[], unknown][])('%s', (_what, names, before, now, expected) => {
  expect(identification(names, before, now)).toEqual(expected);
});

test('a trailing p of nvme_device_path is dropped', () => {
  const name = readdirSync('/sys/block').find((block) => /\d$/.test(block)) ?? '';
  expect(namesInDev(`/dev/${name}p`).given).toEqual([name]);
  expect(namesInDev('/dev/nvme99n1p').given).toEqual([]);
});

test('a path in nvme_device_path that is not there ends the search 5 s after a disk has appeared', async () => {
  let now = 0;
  const time = {
    clock: () => now,
    sleep: async (ms: number) => {
      now += 50 * ms;
    },
  };
  // No disk was there before, so that every disk of this machine has appeared.
  const attached = { volume: 'vol-1', device: '/dev/xvdf', size: undefined, before: [] };
  const find = async (given: string): Promise<unknown> =>
    await findDisk({ ...attached, given }, new AbortController().signal, time);
  await expect(find('/dev/nvme99n1')).rejects.toThrow(
    /^nvme_device_path: \/dev\/nvme99n1 is not a disk of this VM after vol-1 was attached/,
  );
  expect(now).toBe(6_000);
});
