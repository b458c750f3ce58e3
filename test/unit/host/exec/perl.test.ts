import { expect, test } from '@jest/globals';
import { backingNumbers } from '../../../../src/host/disk/loop-devices.js';
import { ownedNamespaces } from '../../../../src/host/disk/mount-namespaces.js';
import { swapOff } from '../../../../src/host/disk/swap.js';
import { exec } from '../../../../src/host/exec/exec.js';
import { perl } from '../../../../src/host/exec/perl.js';
import { findFiles } from '../../../../src/host/exec/process-files.js';
import { syscalls } from '../../../../src/host/exec/syscalls.js';

test.each([
  ['findFiles', findFiles],
  ['backingNumbers', backingNumbers],
  ['ownedNamespaces', ownedNamespaces],
  ['swapOff', swapOff],
])('%s compiles without warnings', async (_, program) => {
  const [, , text = ''] = perl(program, []);
  const { stderr } = await exec(['perl', '-wc', '-e', text]);
  expect(stderr).toBe('-e syntax OK\n');
});

test('an undeclared variable is a syntax error', async () => {
  const [, , text = ''] = perl('$misspelt = 1;', []);
  await expect(exec(['perl', '-c', '-e', text])).rejects.toThrow(/\$misspelt/);
});

test('a program has the numbers of system calls, its arguments, and errors that name what failed', async () => {
  const program = 'print "$syscall{statx} @ARGV"; open(my $file, "<", $ARGV[1]) or fail("open");';
  await expect(exec(perl(program, ['-x', '/missing']), { answers: [2] })).resolves.toMatchObject({
    code: 2,
    stdout: `${syscalls().statx} -x /missing`,
    stderr: 'open: No such file or directory\n',
  });
});
