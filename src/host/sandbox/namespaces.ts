import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../../common/errors.js';
import type { Command } from '../exec/exec.js';
import { type AnswerLimit, startHelper } from '../exec/helper.js';
import { which } from '../exec/programs.js';
import { type Syscalls, syscalls } from '../exec/syscalls.js';
import { identify, isAlive, type ProcessIdentity, startOf } from '../proc/identity.js';
import { attempt } from '../proc/processes.js';
import { attachedLaunch } from './attached.js';
import { withholdCapabilities } from './capabilities.js';
import { enterOwnCgroup } from './cgroups.js';
import { launch } from './launch.js';
import type { Sandbox } from './sandbox.js';

/**
 * Perl code of PID 1 of the namespaces, the holder. Perl, because no program of the image may run between
 * pivot_root(2) and umount2(2), and perl-base is essential on Debian and Ubuntu.
 * - Prints its PID in the PID namespace of the VM, and mounts a /proc for the new namespaces (MS_NOSUID,
 *   MS_NODEV, MS_NOEXEC: 14).
 * - `pivot`: makes all mounts private (MS_REC | MS_PRIVATE), because pivot_root(2) rejects shared ones, then
 *   makes the image the root of all other processes. Its own root becomes an empty, read-only and detached
 *   filesystem (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC: 15). So programs that compare / with
 *   /proc/1/root find that they run in a chroot, as below PID 1 of a VM. Then drops capabilities, because
 *   programs of the image could trace it.
 * - `host`: sets the host name of the UTS namespace.
 * - `kill`: kills all processes and waits until they have ended. A process in an uninterruptible write ends
 *   after the write.
 * - Reaps child processes, and ends when its stdin closes, so it ends with the process that opened it.
 */
const holder = ({ pivotRoot, umount2, mount, sethostname }: Syscalls, name: string): string => `
  $| = 1;
  $SIG{CHLD} = 'IGNORE';
  my ($self, $proc, $at) = (readlink('/proc/self'), 'proc', '/proc');${enterOwnCgroup(name)}
  syscall(${mount}, $proc, $at, $proc, 14, 0) == 0 or die "cannot mount /proc: $!\\n";
  print "$self\\n";
  while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $path) = split / /, $line, 2;
    my ($new, $old, $top, $all, $none, $mode, $empty) = ('.', '.', '.', '/', 'tmpfs', 'mode=755,size=4k');
    if ($what eq 'kill') {
      select(undef, undef, undef, 0.002) while kill('KILL', -1);
      print "done\\n";
    } elsif ($what eq 'host') {
      print syscall(${sethostname}, $path, length($path)) == 0 ? "done\\n" : "$!\\n";
    } elsif (syscall(${mount}, $none, $at, $none, 15, $mode) == 0 && opendir($empty, $at) && syscall(${umount2}, $at, 2) == 0
      && syscall(${mount}, $proc, $all, $proc, 0x44000, 0) == 0 && chdir($path) && syscall(${pivotRoot}, $new, $old) == 0
      && syscall(${umount2}, $top, 2) == 0 && chdir($empty) && chroot('.') && closedir($empty)) {${withholdCapabilities()}
      print "done\\n";
    } else {
      print "$!\\n";
    }
  }`;

/** Options of unshare(1) and nsenter(1). */
const namespaces = ['--mount', '--pid', '--uts', '--ipc'] as const;

/** The mount, PID, UTS and IPC namespaces of a build, see namespaces(7). */
export interface Namespace extends Sandbox {
  /** PID 1 of the namespaces, with its PID on the VM. */
  readonly holder: ProcessIdentity;
  /**
   * Makes the mount at `path` the root and unmounts the root of the VM. Programs launched afterwards run
   * without the capabilities of capabilities.ts.
   */
  pivot(path: string): Promise<void>;
  /** The command that starts a program with the stdin, stdout and stderr of its caller; see attached.ts. */
  attach(argv: Command, at: string): Command;
  /** Sets the host name that programs in the namespaces see. */
  setHostName(name: string): Promise<void>;
}

/** The usual limit of an answer of the holder. */
const defaultLimit: AnswerLimit = {
  late: "the holder of the build's namespaces (unshare, perl) did not answer",
  kind: 'quick',
};

/** The last argument of the holder, by which it is known whose it is. */
export const namespaceName = (build: string, uid: number): string => `build-omi-${build} of user ${uid}`;

/**
 * Opens the namespaces. When this process or the holder ends, the kernel kills the processes and removes the
 * mounts in them.
 * @param name last argument of the holder, which identifies the build
 * @throws BuildError if the kernel or the permissions of the caller do not allow it.
 */
export async function openNamespace(name: string): Promise<Namespace> {
  const script = holder(syscalls(), name);
  const [unshare = 'unshare', perl = 'perl'] = ['unshare', 'perl'].map(which);
  const helper = startHelper(
    [unshare, ...namespaces, '--fork', '--kill-child', '--', perl, '-e', script, name],
    "the build's namespaces",
    // Scripts can read the environment of PID 1.
    { env: {} },
  );
  const ask = async (line: string, limit = defaultLimit): Promise<void> => {
    const result = await helper.ask(line, limit);
    if (result !== 'done')
      throw new BuildError(`the holder of the build's namespaces failed: ${line}: ${result}`);
  };
  // Before the pivot, commands of the VM run in the namespaces.
  let hasImageAsRoot = false;

  const pid = Number(await helper.answer(defaultLimit));
  const identity = identify(pid);
  if (identity === undefined) throw new BuildError("the build's namespaces ended immediately");
  // unshare(1), the parent, is in the mount namespace and outside the PID namespace. Programs of the image do
  // not see it, and its root is theirs: pivot_root(2) changes the root of every process in the namespace.
  const { parent } = startOf(pid);
  const root = `/proc/${parent}/root`;
  return {
    holder: identity,
    pid: parent,
    root,
    inside: (argv) => {
      // The PID may belong to another process now.
      if (!isAlive(identity)) throw new BuildError("the build's namespaces ended");
      return ['nsenter', `--target=${pid}`, ...namespaces, `--root=${root}`, `--wd=${root}`, '--', ...argv];
    },
    launch: (argv, at, network) => launch(argv, at, identity, hasImageAsRoot, network),
    attach: (argv, at) => attachedLaunch(argv, at, identity, hasImageAsRoot),
    pivot: async (path) => {
      await ask(`pivot ${path}`);
      hasImageAsRoot = true;
    },
    setHostName: async (host) => await ask(`host ${host}`),
    killAll: (signal) =>
      ask('kill', { late: 'processes left running by the scripts did not end', kind: 'disk', signal }),
  };
}

/**
 * Kills the holder of namespaces and waits until it has ended. Does nothing if it has already ended, or if
 * the process does not hold namespaces of that name: a user who can write a ledger must not be able to kill
 * other processes.
 */
export async function endNamespace(who: ProcessIdentity, name: string, signal: AbortSignal): Promise<void> {
  if (!isAlive(who) || nameHeldBy(who.pid) !== name) return;
  while (isAlive(who)) {
    try {
      process.kill(who.pid, 'SIGKILL');
    } catch {
      // It ended after the check.
    }
    await sleep(5, undefined, { signal });
  }
}

/** Name of the namespaces that a process holds: its last argument. */
const nameHeldBy = (pid: number): string | undefined =>
  attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    ?.split('\0')
    .at(-2);
