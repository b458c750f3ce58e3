import type { Command } from './exec.js';
import { syscalls } from './syscalls.js';

/**
 * What each Perl program begins with: the numbers of system calls on this machine, as `$syscall{umount2}`,
 * and `fail('open')`, which ends the program with the name of what failed and the text of errno.
 * @throws BuildError on a machine whose system call numbers are not known.
 */
const prelude = (): string => `use strict;
my %syscall = (${Object.entries(syscalls())
  .map(([name, number]) => `${name} => ${number}`)
  .join(', ')});
sub fail { die "$_[0]: $!\\n" }
`;

/**
 * The command that runs a Perl program with these arguments. Perl reads none of them as an option of its own.
 */
export const perl = (program: string, args: readonly string[]): Command => [
  'perl',
  '-e',
  `${prelude()}${program}`,
  '--',
  ...args,
];
