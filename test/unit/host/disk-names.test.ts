import { expect, test } from '@jest/globals';
import { ownLinks } from '../../../src/host/chroot/devices.js';
import { allNames, freeNames, suffixOf } from '../../../src/host/disk/device-names.js';
import { partitionName } from '../../../src/host/sandbox/device-alias.js';

test.each([
  ['xvdb', 1, 'xvdb1'],
  ['sdba', 12, 'sdba12'],
  ['vdc', 3, 'vdc3'],
  ['loop0', 1, 'loop0p1'],
  ['loop17', 128, 'loop17p128'],
  ['nvme0n1', 1, 'nvme0n1p1'],
  ['mmcblk0', 2, 'mmcblk0p2'],
])('of %s, partition %i is %s', (disk, number, name) => {
  expect(partitionName(disk, number)).toBe(name);
});

const uuid = (number: number): string => `00000000-0000-0000-0000-00000000000${number}`;
const links = (
  disk: string,
  alias: string,
  numbers: readonly number[],
  uuidOf = uuid,
): Record<string, string> => {
  const partitions = numbers.map((number) => ({
    number,
    name: number === 0 ? disk : partitionName(disk, number),
    start: 0,
    size: 1,
    filesystem: 'ext4',
    uuid: uuidOf(number),
    label: undefined,
    type: undefined,
    partUuid: undefined,
    partLabel: undefined,
  }));
  return Object.fromEntries(ownLinks({ disk, alias, partitions }));
};

test.each([
  ['xvdb', 'xvdb', {}],
  ['sdb', 'xvdb', { xvdb: 'sdb', xvdb1: 'sdb1', xvdb2: 'sdb2' }],
  ['vdc', 'xvdb', { xvdb: 'vdc', xvdb1: 'vdc1', xvdb2: 'vdc2' }],
  ['loop0', 'xvdb', { xvdb: 'loop0', xvdb1: 'loop0p1', xvdb2: 'loop0p2' }],
  ['nvme0n1', 'xvdba', { xvdba: 'nvme0n1', xvdba1: 'nvme0n1p1', xvdba2: 'nvme0n1p2' }],
])(
  'the disk %s, attached as %s, has that name in a chroot, and its partitions by numbers',
  (disk, alias, expected) => {
    expect(links(disk, alias, [1, 2])).toEqual({
      ...expected,
      [`disk/by-uuid/${uuid(1)}`]: `../../${partitionName(disk, 1)}`,
      [`disk/by-uuid/${uuid(2)}`]: `../../${partitionName(disk, 2)}`,
    });
  },
);

test('a disk without a table has its own UUID', () => {
  expect(links('nvme0n1', 'xvdb', [0])).toEqual({
    xvdb: 'nvme0n1',
    [`disk/by-uuid/${uuid(0)}`]: '../../nvme0n1',
  });
});

test('of two partitions with one UUID the first has the link', () => {
  expect(links('loop0', 'xvdb', [1, 2], () => uuid(1))).toMatchObject({
    [`disk/by-uuid/${uuid(1)}`]: '../../loop0p1',
  });
});

test('every name the API takes is one to choose from, and its spellings are one name', () => {
  expect(allNames).toHaveLength(25 + 25 * 26);
  expect(new Set(allNames).size).toBe(allNames.length);
  for (const name of allNames) expect(name).toMatch(/^\/dev\/xvd[b-z][a-z]?$/);
  expect([allNames[0], allNames[24], allNames[25], allNames.at(-1)]).toEqual(
    ['b', 'z', 'ba', 'zz'].map((suffix) => `/dev/xvd${suffix}`),
  );
  expect(freeNames([])[0]).toBe('/dev/xvdb');
  expect(freeNames(['/dev/sdb', 'xvdc'])[0]).toBe('/dev/xvdd');
  expect(freeNames(allNames)).toEqual([]);
});

test('39 at once, each in another spelling, get 39 names', () => {
  const taken: string[] = [];
  for (let count = 0; count < 39; count += 1) {
    const suffix = suffixOf(freeNames(taken)[0] ?? '') ?? '';
    taken.push([`/dev/xvd${suffix}`, `/dev/sd${suffix}`, `sd${suffix}`][count % 3] ?? '');
  }
  expect(taken.map(suffixOf)).toEqual(allNames.slice(0, 39).map(suffixOf));
});

test.each([
  '/dev/sda1',
  '/dev/xvda',
  '/dev/sdaa',
  '/dev/sdB',
  '/dev/xvdbcd',
  '/dev/nvme1n1',
  '/dev/xvdb1',
  'b',
  '',
])('%s is no name of the API', (name) => {
  expect(suffixOf(name)).toBeUndefined();
});
