import { expect, test } from '@jest/globals';
import { lacking, missing, runnable } from '../support/kernel-features.js';

test('what this kernel cannot do is told in one line, and is nothing that it must do', () => {
  process.stdout.write(`not on this kernel: ${lacking().join(', ') || 'nothing'}\n`);
  expect(missing()).toEqual([]);
});

test('only a case that needs what the kernel lacks is left out', () => {
  expect(runnable([['ext4', 'mbr'] as const, ['no filesystem', 'gpt'] as const])).toHaveLength(2);
  expect(runnable(lacking().map((need) => [need] as const))).toEqual([]);
});
