import { expect, test } from '@jest/globals';
import { partitionName } from '../../../../src/host/sandbox/device-alias.js';

test.each([
  ['xvdb', 1, 'xvdb1'],
  ['sdba', 12, 'sdba12'],
  ['vdc', 3, 'vdc3'],
  ['loop0', 1, 'loop0p1'],
  ['loop17', 128, 'loop17p128'],
  ['nvme0n1', 1, 'nvme0n1p1'],
  ['mmcblk0', 2, 'mmcblk0p2'],
])('the kernel name on %s of partition %i is %s', (disk, number, name) => {
  expect(partitionName(disk, number)).toBe(name);
});
