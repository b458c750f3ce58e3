import { expect, test } from '@jest/globals';
import { deviceErrorsIn, type LogRecord } from '../../../../src/host/disk/kernel-log.js';

const csumFailed = 'BTRFS warning (device vdx): csum failed root 5 ino 257 off 0';

/** Records with increasing sequence numbers, from 100: each text with its time in seconds. */
const log = (...lines: readonly (readonly [seconds: number, text: string])[]): LogRecord[] =>
  lines.map(([seconds, text], index) => ({
    sequence: 100 + index,
    time: seconds * 1e6,
    isOfKernel: !text.startsWith('program: '),
    text: text.replace('program: ', ''),
  }));

const burst = (count: number, from: number, text = csumFailed): [number, string][] =>
  Array.from({ length: count }, (_, index) => [from + index / 10, text]);

test.each([
  ['errors of the disk since the mark', log([1, ''], [2, csumFailed.replace('vdx', 'vdb1')]), 100, 1],
  ['errors of the disk before the mark', log([1, csumFailed.replace('vdx', 'vdb1')], [2, '']), 101, 0],
  ['errors of a disk with a longer name', log([1, ''], [2, csumFailed.replace('vdx', 'vdb11')]), 100, 0],
  ['errors that a program writes', log([1, ''], [2, 'program: EXT4-fs error (device vdb1)']), 100, 0],
])('%s', (_, all, since, count) => {
  expect(deviceErrorsIn(all, since, ['vdb1', 'vdb']).errors).toHaveLength(count);
});

test.each([
  ['10 errors of another disk in 5 s', log([1, ''], ...burst(10, 2)), 100, true],
  ['9 errors of another disk', log([1, ''], ...burst(9, 2)), 100, false],
  ['10 errors in more than 5 s', log([1, ''], ...burst(5, 2), ...burst(5, 8)), 100, false],
  ['10 errors less than 5 s before the mark', log(...burst(10, 2), [6, '']), 110, true],
  ['10 errors more than 5 s before the mark', log(...burst(10, 2), [9, '']), 110, false],
  ['10 other messages', log([1, ''], ...burst(10, 2, 'EXT4-fs (vdx): mounted filesystem')), 100, false],
  ['10 errors that a program writes', log([1, ''], ...burst(10, 2, `program: ${csumFailed}`)), 100, false],
])('%s: whether the kernel may have suppressed messages of the disk', (_, all, since, isLimited) => {
  expect(deviceErrorsIn(all, since, ['vdb1', 'vdb'])).toEqual({ isComplete: true, isLimited, errors: [] });
});

test('a log is incomplete if its first record is later than the one after the mark', () => {
  const all = log([1, ''], [2, '']);
  expect(deviceErrorsIn(all, 98, ['vdb1']).isComplete).toBe(false);
  expect(deviceErrorsIn(all, 99, ['vdb1']).isComplete).toBe(true);
});
