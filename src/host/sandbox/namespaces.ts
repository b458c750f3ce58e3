import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, describe } from '../../common/errors.js';
import { abortable } from '../../common/wait.js';
import { endGroup, start } from '../exec/exec.js';
import { type Syscalls, syscalls } from '../exec/syscalls.js';
import { type Limit, limitOf } from '../exec/time-limits.js';
import { identify, isAlive, type ProcessIdentity } from '../proc/identity.js';
import { attempt } from '../proc/processes.js';
import { withholdCapabilities } from './capabilities.js';
import { enterOwnCgroup } from './cgroups.js';
import { launch } from './launch.js';
import type { Sandbox } from './sandbox.js';

/**
 * PID 1 of the namespaces. It tells its pid as the VM sees it, mounts a /proc that shows these namespaces alone
 * (nosuid, nodev, noexec: 14), makes an image the root when asked to (all mounts private first, MS_REC | MS_PRIVATE: a
 * shared one cannot be), reaps, and ends when its stdin closes: with
 * the process that opened it, however that dies. Perl (perl-base is essential on Debian and Ubuntu) because
 * between pivot_root(2) and umount2(2) no program of the image may run. After a kill it waits until what it killed
 * is gone, however long: a process in the middle of a write lives on until that is done. With the image as its root it
 * has no capability more than what runs beside it, which may trace it.
 */
const holder = ({ pivotRoot, umount2, mount }: Syscalls, name: string): string => `
  $| = 1;
  $SIG{CHLD} = 'IGNORE';
  my ($self, $proc, $at) = (readlink('/proc/self'), 'proc', '/proc');${enterOwnCgroup(name)}
  syscall(${mount}, $proc, $at, $proc, 14, 0) == 0 or die "/proc cannot be mounted: $!\\n";
  print "$self\\n";
  while (my $line = <STDIN>) {
    chomp $line;
    my ($what, $path) = split / /, $line, 2;
    my ($new, $old, $top, $all) = ('.', '.', '.', '/');
    if ($what eq 'kill') {
      select(undef, undef, undef, 0.002) while kill('KILL', -1);
      print "done\\n";
    } elsif (syscall(${mount}, $proc, $all, $proc, 0x44000, 0) == 0 && chdir($path) && syscall(${pivotRoot}, $new, $old) == 0 && syscall(${umount2}, $top, 2) == 0 && chdir('/')) {${withholdCapabilities()}
      print "done\\n";
    } else {
      print "$!\\n";
    }
  }`;

/** As unshare(1) and nsenter(1) name them. */
const namespaces = ['--mount', '--pid', '--uts', '--ipc'] as const;

/** Mount, PID, UTS and IPC namespaces of a build's own, see namespaces(7). */
export interface Namespace extends Sandbox {
  /** PID 1 inside, as the VM knows it. */
  readonly holder: ProcessIdentity;
  /** Makes the tree at `path` the root inside and lets go of the VM's own. What is started afterwards is confined. */
  pivot(path: string): Promise<void>;
}

/** How long an answer may take, and what is said where it takes longer. */
interface Timeouts {
  readonly late: string;
  readonly kind: Limit;
  readonly signal?: AbortSignal;
}
const usual: Timeouts = {
  late: "the holder of the build's namespaces (unshare, perl) did not answer",
  kind: 'quick',
};

/**
 * Opens the namespaces. They end, with all that is mounted and running in them, when this process ends or when
 * the holder is killed.
 * @param name the last argument of the holder, by which it is known whose it is
 * @throws BuildError when the kernel or the caller's rights do not allow it.
 */
export async function openNamespace(name: string): Promise<Namespace> {
  const script = holder(syscalls(), name);
  const child = start(
    // Without an environment: scripts can read that of PID 1.
    [
      'unshare',
      ...namespaces,
      '--fork',
      '--kill-child',
      '--',
      'env',
      '--ignore-environment',
      'perl',
      '-e',
      script,
      name,
    ],
    { cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new BuildError('unshare was started without pipes');
  let complaint = '';
  // Settles when all that was said is here.
  const closed = once(child, 'close').catch((error: unknown) => {
    complaint += describe(error);
  });
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const answer = async ({ late, kind, signal }: Timeouts = usual): Promise<string> => {
    const limit = limitOf(kind);
    const overdue = AbortSignal.timeout(limit.ms);
    const stop = signal ? AbortSignal.any([overdue, signal]) : overdue;
    const line = await abortable(answers.next(), stop).catch((error: unknown) => {
      // What it says later would be taken for the answer to another question.
      if (stop.aborted) endGroup(child);
      signal?.throwIfAborted();
      throw overdue.aborted ? new BuildError(`${late} ${limit.words}`, { hint: limit.hint }) : error;
    });
    if (!line.done) return line.value;
    endGroup(child);
    await closed;
    throw new BuildError(`the build's namespaces ended${complaint ? `: ${complaint.trim()}` : ''}`);
  };
  const ask = async (line: string, timeout?: Timeouts): Promise<void> => {
    stdin.write(`${line}\n`);
    const said = await answer(timeout);
    if (said !== 'done') throw new BuildError(`the namespace holder could not ${line}: ${said}`);
  };
  stdin.on('error', () => {});
  // Until then it is commands of the VM that are started.
  let hasImageAsRoot = false;

  const pid = Number(await answer());
  const identity = identify(pid);
  if (identity === undefined) throw new BuildError("the build's namespaces ended at once");
  return {
    holder: identity,
    pid,
    root: `/proc/${pid}/root`,
    inside: (argv) => {
      // Nothing is started in the namespaces of another process that got the pid.
      if (!isAlive(identity)) throw new BuildError("the build's namespaces ended");
      return ['nsenter', `--target=${pid}`, ...namespaces, '--root', '--wd', '--', ...argv];
    },
    launch: (argv, at) => launch(argv, at, identity, hasImageAsRoot),
    pivot: async (path) => {
      await ask(`pivot ${path}`);
      hasImageAsRoot = true;
    },
    killAll: (signal) =>
      ask('kill', { late: 'what the scripts left running did not end', kind: 'disk', signal }),
  };
}

/**
 * Ends namespaces by their holder, and waits until it is gone. Fine if it is gone already, and nothing is done to a
 * process that does not hold namespaces of that name: who may write a ledger may not kill everything.
 */
export async function endNamespace(who: ProcessIdentity, name: string, signal: AbortSignal): Promise<void> {
  if (!isAlive(who) || nameHeldBy(who.pid) !== name) return;
  while (isAlive(who)) {
    try {
      process.kill(who.pid, 'SIGKILL');
    } catch {
      // It ended between the look and the kill.
    }
    await sleep(5, undefined, { signal });
  }
}

/** What the namespaces are called that a process holds: the last of its arguments, if it holds some. */
const nameHeldBy = (pid: number): string | undefined =>
  attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    ?.split('\0')
    .at(-2);
