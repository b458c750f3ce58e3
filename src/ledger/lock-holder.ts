import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { BuildError } from '../common/errors.js';
import { start } from '../host/exec/exec.js';
import { syscalls } from '../host/exec/syscalls.js';
import { isAlive, type ProcessIdentity } from '../host/proc/identity.js';
import { attempt, ownPerlNamed } from '../host/proc/processes.js';

/**
 * Keeps the lock of a ledger, on descriptor 3, until the process that started `mount` ends: its pidfd
 * (pidfd_open(2)) is readable from then on. It compares the start time (field 22 of /proc/PID/stat, proc(5))
 * once it has the pidfd. It closes stdin, stdout and stderr, so that no reader waits for them.
 */
const holderScript = (): string => `
  my ($pid, $start) = @ARGV;
  my $ended = syscall(${syscalls().pidfdOpen}, $pid + 0, 0);
  if ($ended < 0) { print "$!\\n"; exit 1 }
  open(my $stat, '<', "/proc/$pid/stat") or do { print "$!\\n"; exit 1 };
  my $fields = <$stat>;
  close($stat);
  $fields =~ s/^.*\\) //s;
  if ((split(/ /, $fields))[19] ne $start) { print "it has ended\\n"; exit 1 }
  $| = 1;
  print "ready\\n";
  close(STDIN); close(STDOUT); close(STDERR);
  my $mask = '';
  vec($mask, $ended, 1) = 1;
  1 until select(my $ready = $mask, undef, undef, undef) > 0;`;

/** The last argument of the holder, by which `commit` and `post` find it. */
export const lockHolderName = (build: string): string => `build-omi-lock-${build}`;

/**
 * Starts the process that keeps the lock of a build between `mount` and `commit`.
 * @param file the locked ledger
 * @param owner the process that started `mount`
 * @throws BuildError if that process is not visible in this PID namespace
 */
export async function startLockHolder(build: string, file: number, owner: ProcessIdentity): Promise<void> {
  requireVisible(owner);
  const child = start(
    ['perl', '-e', holderScript(), '--', String(owner.pid), owner.start, lockHolderName(build)],
    {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'pipe', 'ignore', file],
    },
  );
  const { stdout } = child;
  if (!stdout) throw new BuildError('perl was started without a pipe');
  child.on('error', () => {});
  const { value: said } = await createInterface({ input: stdout })[Symbol.asyncIterator]().next();
  stdout.destroy();
  child.unref();
  if (said !== 'ready') throw invisible(said ?? 'perl ended');
}

/** @throws BuildError if a process is not visible in this PID namespace */
export function requireVisible(owner: ProcessIdentity): void {
  if (!isAlive(owner)) throw invisible(`its pid is not ${owner.pid} here`);
}

/** The error of `mount` if the process that started it cannot be watched. */
export const invisible = (why: string): BuildError =>
  new BuildError(`hold: cannot watch the process that started mount (${why})`, {
    hint: 'It has ended, or it is in another PID namespace (a container). Set hold, for example hold: 6h.',
  });

/**
 * Terminates the lock holder of a build, if there is one. A lock holder is a process of this user that has
 * the ledger open as descriptor 3; its arguments alone prove nothing.
 */
export function endLockHolder(build: string, path: string): void {
  for (const pid of usersOf(build, path)) attempt(() => process.kill(pid, 'SIGTERM'));
}

/** Whether a build has a lock holder. */
export const hasLockHolder = (build: string, path: string): boolean => usersOf(build, path).length > 0;

function usersOf(build: string, path: string): number[] {
  const inode = attempt(() => statSync(path))?.ino;
  return ownPerlNamed(lockHolderName(build)).filter((pid) => {
    // Does not open files of the other process: a network filesystem may not respond.
    const lock = attempt(() => readFileSync(`/proc/${pid}/fdinfo/3`, 'utf8')) ?? '';
    const locked = /^lock:.* FLOCK .*:(\d+) 0 EOF$/m.exec(lock)?.[1];
    return (inode !== undefined && locked === String(inode)) || isAt(path, pid);
  });
}

/**
 * Whether a process has a path open as descriptor 3. On overlayfs, inode numbers in /proc can differ from
 * stat(2).
 */
const isAt = (path: string, pid: number): boolean =>
  attempt(() => readlinkSync(`/proc/${pid}/fd/3`)) === path;
