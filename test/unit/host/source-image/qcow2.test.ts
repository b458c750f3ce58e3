import { expect, test } from '@jest/globals';
import { readQcow2 } from '../../../../src/host/source-image/qcow2.js';

/** A valid header of version 3, changed by `change`. */
function header(change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(65_536);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(2n ** 30n, 24);
  bytes.writeUInt32BE(104, 100);
  change(bytes);
  return bytes;
}

/** Adds a header extension. */
const extension = (type: number) => (bytes: Buffer) => {
  bytes.writeUInt32BE(0x6803f857, 104);
  bytes.writeUInt32BE(5, 108);
  bytes.writeUInt32BE(type, 120);
  bytes.writeUInt32BE(8, 124);
};

test('the virtual size is read, of version 2 too', () => {
  expect(readQcow2(header())).toBe(2n ** 30n);
  expect(readQcow2(header((bytes) => bytes.writeUInt32BE(2, 4)))).toBe(2n ** 30n);
  expect(readQcow2(header((bytes) => bytes.writeBigUInt64BE(2n ** 63n, 24)))).toBe(2n ** 63n);
});

test.each<readonly [string, (bytes: Buffer) => unknown, string]>([
  ['a backing file', (bytes) => bytes.writeBigUInt64BE(512n, 8), 'has a backing file'],
  ['the length of a backing file', (bytes) => bytes.writeUInt32BE(5, 16), 'has a backing file'],
  ['an external data file', (bytes) => bytes.writeBigUInt64BE(4n, 72), 'has an external data file'],
  ['the name of a data file', extension(0x44415441), 'has an external data file'],
  ['AES', (bytes) => bytes.writeUInt32BE(1, 32), 'is encrypted'],
  ['LUKS', (bytes) => bytes.writeUInt32BE(2, 32), 'is encrypted'],
  ['the mark of corruption', (bytes) => bytes.writeBigUInt64BE(2n, 72), 'is marked as corrupt'],
  ['an unknown feature', (bytes) => bytes.writeBigUInt64BE(2n ** 40n, 72), 'needs features'],
  ['version 1', (bytes) => bytes.writeUInt32BE(1, 4), 'has version 1'],
  ['clusters of 1 byte', (bytes) => bytes.writeUInt32BE(0, 20), 'its cluster size'],
  ['a header of 1 byte', (bytes) => bytes.writeUInt32BE(1, 100), 'the length of its header'],
])('an image with %s is refused', (_, change, message) => {
  expect(() => readQcow2(header((bytes) => void change(bytes)))).toThrow(message);
});

test('harmless features and extensions pass, and a short file does not', () => {
  expect(readQcow2(header((bytes) => bytes.writeBigUInt64BE(0b11001n, 72)))).toBe(2n ** 30n);
  expect(readQcow2(header(extension(0)))).toBe(2n ** 30n);
  expect(() => readQcow2(header().subarray(0, 50))).toThrow('is too short');
});
