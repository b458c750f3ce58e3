import type { Command } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import type { ProcessIdentity } from '../proc/identity.js';
import { withholdCapabilities } from './capabilities.js';

/**
 * Perl code that enters the namespaces and the root directory of the process `$target` that started at
 * `$start`. The root directory is that of its parent, see namespaces.ts. Does nothing without a target. Only
 * child processes are in the PID namespace (setns(2)).
 */
export const enter = (): string => `
  if ($target) {
    my @namespaces = map { open(my $namespace, '<', "/proc/$target/ns/$_") or die "$_: $!\\n"; $namespace } grep { -e "/proc/$target/ns/$_" } qw(cgroup ipc uts pid mnt);
    my $fields = sub {
      open(my $stat, '<', "/proc/$target/stat") or die "stat: $!\\n";
      my $text = do { local $/; <$stat> };
      $text =~ /.*\\) (.*)/s ? split(/ /, $1) : ();
    };
    my ($parent) = ($fields->())[1];
    opendir(my $root, "/proc/$parent/root") or die "root: $!\\n";
    # Compared after all files are open, so that none belongs to another process with a reused PID.
    my @now = $fields->();
    $now[19] eq $start && $now[1] == $parent or die "process $target has ended\\n";
    syscall(${syscalls().setns}, fileno($_), 0) == 0 or die "setns: $!\\n" for @namespaces;
    chdir($root) && chroot('.') or die "chroot: $!\\n";
  }`;

/**
 * Perl code that starts a program, optionally in the namespaces and the root directory of another process.
 * - Reads the environment of the program from stdin. Only the program uses it: it cannot affect the dynamic
 *   loader of this code (LD_PRELOAD) or its search path (PATH).
 * - Sets umask 022 and niceness 0 regardless of the caller. stdin of the program is an empty pipe.
 * - stdout and stderr are a pipe, which the program can open as /dev/stderr. Node.js uses sockets, which
 *   cannot be opened. Its mode lets programs open it that have become another user.
 * - Forwards output until the program has ended and the pipe is empty, even if other processes keep the pipe
 *   open. Perl runs from the VM (see namespaces.ts), so the image needs only the program. Number: setns(2).
 */
const launcher = (confined: boolean, network: boolean): string => `
  my ($target, $start, $at, @program) = @ARGV;
  my %given = do { local $/; map { split(/=/, $_, 2) } split(/\\0/, <STDIN> // '') };
  umask(022);
  setpriority(0, 0, 0);
  ${enter()}${network ? '' : withoutNetwork()}${confined ? withholdCapabilities() : ''}
  pipe(my $reader, my $writer) or die "pipe: $!\\n";
  chmod(0622, $writer) or die "pipe: $!\\n";
  $SIG{CHLD} = sub {};
  my $child = fork() // die "fork: $!\\n";
  if ($child) {
    close($writer);
    my $status;
    while (1) {
      $status = $? if !defined $status && waitpid($child, 1) == $child;
      vec(my $ready, fileno($reader), 1) = 1;
      my $found = select($ready, undef, undef, defined $status ? 0 : 0.1);
      last if $found == 0 && defined $status;
      next if $found <= 0;
      my $size = sysread($reader, my $text, 65536) or last;
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
  open(STDOUT, '>&', $writer) && open(STDERR, '>&', $writer) or die "stdout: $!\\n";
  chdir($at) or die "$at: $!\\n";
  pipe(my $empty, my $end) or die "pipe: $!\\n";
  open(STDIN, '<&', $empty) or die "stdin: $!\\n";
  close($end);
  %ENV = %given;
  exec { $program[0] } @program;
  my $why = $! + 0;
  print STDERR "$program[0]: $!\\n";
  exit($why == 2 ? 127 : 126);`;

/** CLONE_NEWNET of linux/sched.h. The new namespace has only a loopback interface, which is down. */
const withoutNetwork = (): string => `
  syscall(${syscalls().unshare}, 0x40000000) == 0 or die "unshare: $!\\n";`;

/**
 * The command that starts a program. The caller writes the environment of the program to stdin, see
 * `environmentText`.
 * @param at working directory of the program
 * @param target process of this build whose namespaces the program enters; default: the namespaces of this
 * process
 * @param confined whether to drop the capabilities of capabilities.ts, as for all programs of an image
 * @param network whether the program has the network of the VM
 */
export function launch(
  program: Command,
  at: string,
  target?: Pick<ProcessIdentity, 'pid' | 'start'>,
  confined = false,
  network = true,
): Command {
  const identity = target === undefined ? ['', ''] : [String(target.pid), target.start];
  return ['perl', '-e', launcher(confined, network), '--', ...identity, at, ...program];
}

/** An environment in the format that the launcher reads. */
export const environmentText = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `${name}=${value}\0`)
    .join('');
