import { once } from 'node:events';
import { constants } from 'node:fs';
import { BuildError } from '../common/errors.js';
import { endGroup, execSync, start } from './exec/exec.js';
import { limitOf } from './exec/time-limits.js';

/** `shared`: several processes can hold the lock; `exclusive`: only one. */
export type LockKind = 'shared' | 'exclusive';

/**
 * Locks descriptor 3, which the caller opened, with flock(2). The lock belongs to the open file description,
 * so it persists after this program exits, until the caller closes the file or exits. Exit code 0: locked; 1:
 * another process holds the lock (EAGAIN, 11); 2: the filesystem does not support locks. Numbers: LOCK_SH 1,
 * LOCK_EX 2, LOCK_NB 4.
 */
const lockScript = `
  my ($kind, $tries) = @ARGV;
  open(my $file, '<&=', 3) or do { print "$!"; exit 2 };
  until (flock($file, $kind | 4)) {
    if ($! != 11) { print "$!"; exit 2 }
    exit 1 if --$tries <= 0;
    select(undef, undef, undef, 0.02);
  }`;

const command = (kind: LockKind, ms: number): ['perl', ...string[]] => [
  'perl',
  '-e',
  lockScript,
  kind === 'shared' ? '1' : '2',
  String(Math.ceil(ms / 20)),
];

/** @throws BuildError if the file is not locked and no other process holds the lock. */
function outcomeOf(code: number | null, why: string): boolean {
  if (code === 0 || code === 1) return code === 0;
  throw new BuildError(
    `state_dir: its filesystem does not support file locks (${why || `exited with ${code}`})`,
    {
      hint: 'Set state_dir to a directory on a local filesystem.',
    },
  );
}

/**
 * Locks an open file until it is closed. The kernel releases the lock when this process exits, also after
 * SIGKILL.
 * @param ms milliseconds to wait while another process holds the lock; at most about 1,000, because it blocks
 *   this process
 * @returns whether the file is locked; false if another process holds the lock.
 * @throws BuildError if the filesystem does not support locks.
 */
export function lockFile(file: number, kind: LockKind, ms = 0): boolean {
  const { code, stdout, stderr } = execSync(command(kind, ms), '', [file]);
  return outcomeOf(code, stdout || stderr.trim());
}

/**
 * Like `lockFile`, without blocking this process, so that it can wait longer.
 * @param signal ends the wait; the file is then not locked
 * @throws as `lockFile`
 */
export async function waitForLock(
  file: number,
  kind: LockKind,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const child = start(command(kind, ms), { stdio: ['ignore', 'ignore', 'ignore', file] });
  const end = (): void => endGroup(child);
  signal?.addEventListener('abort', end);
  const limit = limitOf('quick');
  const overdue = setTimeout(end, ms + limit.ms);
  try {
    const [code] = await once(child, 'close');
    if (signal?.aborted === true) return false;
    return outcomeOf(code, code === null ? `the helper did not end ${limit.text}` : '');
  } finally {
    clearTimeout(overdue);
    signal?.removeEventListener('abort', end);
  }
}

/**
 * Whether a process holds the shared lock of a file: `held`, `free`, `absent` without a file, or the error.
 */
export type LockState = 'free' | 'held' | 'absent' | { readonly unknown: string };

/**
 * Requests the exclusive lock of each path read from stdin, and releases it. If the shared lock is refused as
 * well, another process holds the exclusive lock, so no process holds the shared one. Does not follow
 * symbolic links and does not block on a FIFO.
 */
const probeScript = `
  my ($flags) = @ARGV;
  $/ = "\\0";
  while (my $path = <STDIN>) {
    chomp $path;
    if (!sysopen(my $file, $path, $flags)) { print $! == 2 ? "absent\\n" : "$!\\n" }
    elsif (flock($file, 6)) { print "free\\n" }
    elsif ($! != 11) { print "$!\\n" }
    else { print flock($file, 5) ? "held\\n" : "free\\n" }
  }`;

/**
 * The states of the shared locks of files, in the order of the paths.
 * @throws CommandError when the helper cannot be started.
 */
export function lockStates(paths: readonly string[]): LockState[] {
  if (paths.length === 0) return [];
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const input = paths.map((path) => `${path}\0`).join('');
  const lines = execSync(['perl', '-e', probeScript, String(flags)], input).stdout.split('\n');
  return paths.map((_, index) => {
    const line = lines[index];
    if (line === 'free' || line === 'held' || line === 'absent') return line;
    return { unknown: line || 'no answer' };
  });
}
