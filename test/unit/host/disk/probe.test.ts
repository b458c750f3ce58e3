import { expect, test } from '@jest/globals';
import { parseProbe } from '../../../../src/host/disk/probe.js';

test('the output of blkid(8) for several devices, without the backslashes that it adds to values', () => {
  const output = [
    'DEVNAME=/dev/nvme1n1',
    'PTTYPE=gpt',
    '',
    'DEVNAME=/dev/nvme1n1p1',
    'LABEL=DEVNAME=/dev/vdz\\ b\\"c',
    'TYPE=ext4',
    '',
  ];
  expect(parseProbe(output.join('\n'))).toEqual(
    new Map([
      ['nvme1n1', new Map(Object.entries({ DEVNAME: '/dev/nvme1n1', PTTYPE: 'gpt' }))],
      [
        'nvme1n1p1',
        new Map(Object.entries({ DEVNAME: '/dev/nvme1n1p1', LABEL: 'DEVNAME=/dev/vdz b"c', TYPE: 'ext4' })),
      ],
    ]),
  );
  expect(parseProbe('')).toEqual(new Map());
});
