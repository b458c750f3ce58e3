import { expect, test } from '@jest/globals';
import { ownLinks } from '../../../../src/host/chroot/devices.js';
import { partitionName } from '../../../../src/host/sandbox/device-alias.js';

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
])('links the disk %s and its partitions to the alias %s in /dev of a chroot', (disk, alias, expected) => {
  expect(links(disk, alias, [1, 2])).toEqual({
    ...expected,
    [`disk/by-uuid/${uuid(1)}`]: `../../${partitionName(disk, 1)}`,
    [`disk/by-uuid/${uuid(2)}`]: `../../${partitionName(disk, 2)}`,
  });
});

test('links the UUID of a disk without a partition table', () => {
  expect(links('nvme0n1', 'xvdb', [0])).toEqual({
    xvdb: 'nvme0n1',
    [`disk/by-uuid/${uuid(0)}`]: '../../nvme0n1',
  });
});

test('links a UUID that two partitions share to the first one', () => {
  expect(links('loop0', 'xvdb', [1, 2], () => uuid(1))).toMatchObject({
    [`disk/by-uuid/${uuid(1)}`]: '../../loop0p1',
  });
});
