import { expect, test } from '@jest/globals';
import { percentUsed, saysNoSpace } from '../../../../src/host/image/fullness.js';

test.each([
  ['tar: write error: No space left on device', true],
  ["ENOSPC: no space left on device, write '/a'", true],
  ['dd: Disk quota exceeded', true],
  ['E: Unable to locate package', false],
])('%j says whether there is no space left', (text, says) => {
  expect(saysNoSpace(text)).toBe(says);
});

test.each([
  ['a reserve for root does not count', { blocks: 100, bfree: 5, bavail: 0, files: 10, ffree: 5 }, 100, 50],
  ['a rest is rounded up', { blocks: 1000, bfree: 501, bavail: 501, files: 1000, ffree: 999 }, 50, 1],
  ['inodes without a limit', { blocks: 10, bfree: 10, bavail: 10, files: 0, ffree: 0 }, 0, 0],
])('%s', (_what, stat, space, inodes) => {
  expect(percentUsed(stat)).toEqual({ space, inodes });
});
