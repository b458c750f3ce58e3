import type { Command } from '../exec/exec.js';
import type { ProcessIdentity } from '../proc/identity.js';
import { withholdCapabilities } from './capabilities.js';
import { enter } from './launch.js';

/**
 * Perl code that starts a program in the namespaces of another process, with the stdin, stdout and stderr of
 * this process.
 * - Reads the environment of the program from descriptor 3, as the code in launch.ts does from stdin.
 * - Waits for the program and ends as it does. Signals of the terminal are for the program: a handler, unlike
 *   an ignored signal, is not inherited through execve(2).
 */
const attacher = (confined: boolean): string => `
  my ($target, $start, $at, @program) = @ARGV;
  open(my $from, '<&=', 3) or die "environment: $!\\n";
  my %given = do { local $/; map { split(/=/, $_, 2) } split(/\\0/, <$from> // '') };
  close($from);
  umask(022);
  setpriority(0, 0, 0);
  ${enter()}${confined ? withholdCapabilities() : ''}
  $SIG{$_} = sub {} for qw(INT QUIT);
  my $child = fork() // die "fork: $!\\n";
  if ($child) {
    1 while waitpid($child, 0) != $child;
    kill($? & 127, $$) if $? & 127;
    exit($? >> 8);
  }
  chdir($at) or die "$at: $!\\n";
  %ENV = %given;
  exec { $program[0] } @program;
  my $why = $! + 0;
  print STDERR "$program[0]: $!\\n";
  exit($why == 2 ? 127 : 126);`;

/** The command that starts a program with the stdin, stdout and stderr of its caller; see run-attached.ts. */
export const attachedLaunch = (
  program: Command,
  at: string,
  { pid, start: began }: Pick<ProcessIdentity, 'pid' | 'start'>,
  confined: boolean,
): Command => ['perl', '-e', attacher(confined), '--', String(pid), began, at, ...program];
