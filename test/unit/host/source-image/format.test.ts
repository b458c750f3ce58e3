import { expect, test } from '@jest/globals';
import { formatOf, requireDisk } from '../../../../src/host/source-image/format.js';
import { programsForName } from '../../../../src/host/source-image/programs.js';

const head = (bytes: string, at = 0): Buffer => {
  const buffer = Buffer.alloc(68 * 1024);
  buffer.write(bytes, at, 'latin1');
  return buffer;
};

test.each([
  ['qcow2', head('QFI\xfb')],
  ['xz', head('\xfd7zXZ\0')],
  ['gzip', head('\x1f\x8b')],
  ['zstd', head('\x28\xb5\x2f\xfd')],
  ['raw', head('anything')],
  ['raw', Buffer.alloc(0)],
])('%s is known by its first bytes', (format, bytes) => {
  expect(formatOf(bytes)).toBe(format);
});

test.each([
  ['a tar archive', head('ustar', 257)],
  ['a zip archive', head('PK\x03\x04')],
  ['compressed with bzip2', head('BZh9')],
  ['a VMDK image', head('KDMV')],
  ['a VHDX image', head('vhdxfile')],
  ['a VDI image', head('\x7f\x10\xda\xbe', 64)],
  ['encrypted with LUKS', head('LUKS\xba\xbe')],
])('%s is refused', (what, bytes) => {
  expect(() => formatOf(bytes)).toThrow(`source_image: it is ${what}, not a raw or qcow2 image`);
});

test.each([
  ['an MBR', head('\x55\xaa', 510)],
  ['a GPT', head('EFI PART', 512)],
  ['ext4', head('\x53\xef', 1080)],
  ['xfs', head('XFSB')],
  ['btrfs', head('_BHRfS_M', 65_600)],
])('a raw image with %s is a disk', (_, bytes) => {
  expect(() => requireDisk(bytes)).not.toThrow();
});

test('a raw image that is no disk is refused', () => {
  expect(() => requireDisk(head('<!DOCTYPE html>'))).toThrow('neither a partition table nor');
});

test('the name of an image predicts its programs', () => {
  expect(Object.keys(programsForName('disk.qcow2.xz'))).toEqual(expect.arrayContaining(['xz', 'qemu-img']));
  expect(programsForName('disk.img')).toEqual({});
});
