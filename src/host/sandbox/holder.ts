import type { Command } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { which } from '../exec/programs.js';
import { withholdCapabilities } from './capabilities.js';
import { enterOwnCgroup } from './cgroups.js';
import { mounting } from './mounter.js';

/**
 * Perl code of the two processes of namespaces: PID 1 in them, the holder, and its parent. Perl, because no
 * program of the image may run between pivot_root(2) and umount2(2), and perl-base is essential on Debian and
 * Ubuntu.
 *
 * The parent waits for the line `open`, then creates the namespaces as unshare(1) does: CLONE_NEWNS,
 * CLONE_NEWUTS, CLONE_NEWIPC and CLONE_NEWPID (0x2c020000), with private mounts (MS_REC | MS_PRIVATE:
 * 0x44000). The kernel kills the holder when the parent ends (PR_SET_PDEATHSIG: 1, SIGKILL: 9). Both ignore
 * SIGINT and SIGTERM, as a service manager sends to each process: this process ends the namespaces itself.
 *
 * The holder
 * - prints its PID in the PID namespace of the VM, and mounts a /proc for the new namespaces (MS_NOSUID,
 *   MS_NODEV, MS_NOEXEC: 14).
 * - `mount`, `node`: see mounter.ts. They fail after `pivot`.
 * - `pivot`: makes all mounts private, because pivot_root(2) rejects shared ones, then makes the image the
 *   root of all other processes. Its own root becomes an empty, read-only and detached filesystem (MS_RDONLY
 *   | MS_NOSUID | MS_NODEV | MS_NOEXEC: 15). So programs that compare / with /proc/1/root find that they run
 *   in a chroot, as below PID 1 of a VM. Then drops capabilities, because programs of the image could trace
 *   it.
 * - `host`: sets the host name of the UTS namespace.
 * - `kill`: kills all processes and waits until they have ended. A process in an uninterruptible write ends
 *   after the write.
 * - Reaps child processes, and ends when its stdin closes, so it ends with the process that opened it.
 */
const program = (name: string): string => `${mounting}
  $SIG{$_} = 'IGNORE' for qw(INT TERM);
  <STDIN> // exit 0;
  my ($none, $all) = ('none', '/');
  syscall($syscall{unshare}, 0x2c020000) == 0 or fail('unshare');
  syscall($syscall{mount}, $none, $all, $none, 0x44000, 0) == 0 or fail('private mounts');
  my $child = fork() // fail('fork');
  if ($child) {
    close(STDIN);
    close(STDOUT);
    chdir('/');
    waitpid($child, 0);
    exit($? == 0 ? 0 : 1);
  }
  syscall($syscall{prctl}, 1, 9, 0, 0, 0) == 0 or fail('prctl');
  $SIG{CHLD} = 'IGNORE';
  my ($self, $proc, $at) = (readlink('/proc/self'), 'proc', '/proc');${enterOwnCgroup(name)}
  syscall($syscall{mount}, $proc, $at, $proc, 14, 0) == 0 or fail('cannot mount /proc');
  print "$self\\n";
  while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $path) = split / /, $line, 2;
    my ($tmpfs, $mode, $new, $old, $top, $empty) = ('tmpfs', 'mode=755,size=4k', '.', '.', '.');
    if ($what eq 'kill') {
      select(undef, undef, undef, 0.002) while kill('KILL', -1);
      print "done\\n";
    } elsif ($what eq 'host') {
      print syscall($syscall{sethostname}, $path, length($path)) == 0 ? "done\\n" : "$!\\n";
    } elsif ($what ne 'pivot') {
      print mounted($what, $path), "\\n";
    } elsif (syscall($syscall{mount}, $tmpfs, $at, $tmpfs, 15, $mode) == 0 && opendir($empty, $at) && syscall($syscall{umount2}, $at, 2) == 0
      && syscall($syscall{mount}, $proc, $all, $proc, 0x44000, 0) == 0 && chdir($path) && syscall($syscall{pivotRoot}, $new, $old) == 0
      && syscall($syscall{umount2}, $top, 2) == 0 && chdir($empty) && chroot('.') && closedir($empty)) {${withholdCapabilities()}
      print "done\\n";
    } else {
      print "$!\\n";
    }
  }`;

/**
 * The command that starts these processes, by its path: their environment has no PATH.
 * @param name last argument of both, by which they are known
 */
export function holder(name: string): Command {
  const [first, ...rest] = perl(program(name), [name]);
  return [which(first) ?? first, ...rest];
}
