import type { Command } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import type { ProcessIdentity } from '../proc/identity.js';
import { withholdCapabilities } from './capabilities.js';

/**
 * Starts a program with an environment that comes over stdin, in the namespaces and the root of another process where
 * one is given. Until the program itself runs, nothing reads that environment: not the loader (LD_PRELOAD), not the
 * search for what enters (PATH). Umask and niceness are the usual ones whatever the caller's are, and stdin is a pipe
 * with nothing in it. What it says goes through a pipe, which a program can open as /dev/stderr: node gives sockets, which
 * nothing can open. It is handed on until the program has ended and the pipe is empty, whoever else still has the pipe.
 * Perl as in namespace.ts: an image need not have anything but the program.
 * Number: setns(2).
 */
const launcher = (confined: boolean): string => `
  my ($target, $start, $at, @program) = @ARGV;
  my %given = do { local $/; map { split(/=/, $_, 2) } split(/\\0/, <STDIN> // '') };
  umask(022);
  setpriority(0, 0, 0);
  if ($target) {
    my @doors = map { open(my $door, '<', "/proc/$target/ns/$_") or die "$_: $!\\n"; $door } grep { -e "/proc/$target/ns/$_" } qw(cgroup ipc uts pid mnt);
    opendir(my $root, "/proc/$target/root") or die "root: $!\\n";
    # Compared after all is open: then none of it is that of another process that got the pid.
    open(my $stat, '<', "/proc/$target/stat") or die "stat: $!\\n";
    my $text = do { local $/; <$stat> };
    $text =~ /.*\\) (.*)/s && (split(/ /, $1))[19] eq $start or die "the process $target has ended\\n";
    syscall(${syscalls().setns}, fileno($_), 0) == 0 or die "setns: $!\\n" for @doors;
    chdir($root) && chroot('.') or die "chroot: $!\\n";
  }${confined ? withholdCapabilities() : ''}
  pipe(my $said, my $saying) or die "pipe: $!\\n";
  $SIG{CHLD} = sub {};
  my $child = fork() // die "fork: $!\\n";
  if ($child) {
    close($saying);
    my $status;
    while (1) {
      $status = $? if !defined $status && waitpid($child, 1) == $child;
      vec(my $ready, fileno($said), 1) = 1;
      my $found = select($ready, undef, undef, defined $status ? 0 : 0.1);
      last if $found == 0 && defined $status;
      next if $found <= 0;
      my $size = sysread($said, my $text, 65536) or last;
      for (my $done = 0; $done < $size; ) {
        my $wrote = syswrite(STDOUT, $text, $size - $done, $done);
        defined $wrote || $! == 4 or exit(1); # EINTR: the program ended while the pipe was full.
        $done += $wrote // 0;
      }
    }
    waitpid($child, 0) and $status = $? unless defined $status;
    kill($status & 127, $$) if $status & 127;
    exit($status >> 8);
  }
  open(STDOUT, '>&', $saying) && open(STDERR, '>&', $saying) or die "stdout: $!\\n";
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
 * @param target a process of this build whose namespaces it is to run in; without one it runs in those of this process
 * @param at the working directory, as the program sees it
 * @param confined whether it runs without the capabilities of capabilities.ts, as all programs of an image do
 */
export function launch(
  program: Command,
  at: string,
  target?: Pick<ProcessIdentity, 'pid' | 'start'>,
  confined = false,
): Command {
  const words = target === undefined ? ['', ''] : [String(target.pid), target.start];
  return ['perl', '-e', launcher(confined), '--', ...words, at, ...program];
}

/** An environment as the launcher reads it. */
export const environmentText = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
