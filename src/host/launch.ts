import type { Command } from './exec.js';
import { syscalls } from './syscalls.js';

/**
 * Starts a program with an environment that comes over stdin, in the namespaces and the root of another process where
 * one is given. Until the program itself runs, nothing reads that environment: not the loader (LD_PRELOAD), not the
 * search for what enters (PATH). Umask and niceness are the usual ones whatever the caller's are, and stdin is a pipe
 * with nothing in it. Perl as in namespace.ts: an image need not have anything but the program.
 * Number: setns(2).
 */
const launcher = (): string => `
  my ($target, $at, @program) = @ARGV;
  my %given = do { local $/; map { split(/=/, $_, 2) } split(/\\0/, <STDIN> // '') };
  umask(022);
  setpriority(0, 0, 0);
  if ($target) {
    my @doors = map { open(my $door, '<', "/proc/$target/ns/$_") or die "$_: $!\\n"; $door } qw(ipc uts pid mnt);
    opendir(my $root, "/proc/$target/root") or die "root: $!\\n";
    syscall(${syscalls().setns}, fileno($_), 0) == 0 or die "setns: $!\\n" for @doors;
    chdir($root) && chroot('.') or die "chroot: $!\\n";
    my $child = fork() // die "fork: $!\\n";
    if ($child) {
      waitpid($child, 0);
      kill($? & 127, $$) if $? & 127;
      exit($? >> 8);
    }
  }
  chdir($at) or die "$at: $!\\n";
  pipe(my $empty, my $end) or die "pipe: $!\\n";
  open(STDIN, '<&', $empty) or die "stdin: $!\\n";
  close($end);
  %ENV = %given;
  exec { $program[0] } @program;
  my $why = $! + 0;
  print STDERR "$program[0]: $!\\n";
  exit($why == 2 ? 127 : 126);`;

/**
 * The command that starts a program with the environment that is written to its stdin, see `environmentText`.
 * @param target a process whose namespaces it is to run in; without one it runs in those of this process
 * @param at the working directory, as the program sees it
 */
export function launch(program: Command, at: string, target?: number): Command {
  return ['perl', '-e', launcher(), '--', target === undefined ? '' : String(target), at, ...program];
}

/** An environment as the launcher reads it. */
export const environmentText = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
