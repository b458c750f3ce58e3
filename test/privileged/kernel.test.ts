import { expect, test } from '@jest/globals';
import { lacking, missing, runnable } from '../support/kernel-features.js';

test('a kernel feature that is missing gives one line, and is never a required one', () => {
  process.stdout.write(`not on this kernel: ${lacking().join(', ') || 'nothing'}\n`);
  expect(missing()).toEqual([]);
});

test('only a case that needs a missing kernel feature is skipped', () => {
  expect(runnable([['ext4', 'mbr'] as const, ['no filesystem', 'gpt'] as const])).toHaveLength(2);
  expect(runnable(lacking().map((need) => [need] as const))).toEqual([]);
});
