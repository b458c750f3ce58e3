import { once } from 'node:events';
import { constants } from 'node:fs';
import { BuildError } from '../common/errors.js';
import { endGroup, execSync, start } from './exec/exec.js';

/** `shared`: with others that share it; `exclusive`: alone. */
export type LockKind = 'shared' | 'exclusive';

/**
 * Takes flock(2) on descriptor 3, which the caller opened: the lock belongs to the open file description, so it stays
 * after this program has ended, until the caller closes the file or dies. Exit code 0: locked; 1: another process has
 * it (EAGAIN: 11); 2: the filesystem has no locks. Numbers: LOCK_SH 1, LOCK_EX 2, LOCK_NB 4.
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

/** @throws BuildError when it is neither locked nor held by another process */
function outcomeOf(code: number | null, why: string): boolean {
  if (code === 0 || code === 1) return code === 0;
  throw new BuildError(`the filesystem of state_dir cannot lock files (${why || `exit code ${code}`})`, {
    hint: 'Give a state_dir on a local filesystem.',
  });
}

/**
 * Locks an open file until it is closed. The kernel releases the lock when this process ends, however it ends.
 * @param ms how long to wait while another process has it; at most about a second, because this process stands still
 * @returns whether it is locked; false if another process has it.
 * @throws BuildError when the filesystem has no locks.
 */
export function lockFile(file: number, kind: LockKind, ms = 0): boolean {
  const { code, stdout, stderr } = execSync(command(kind, ms), '', [file]);
  return outcomeOf(code, stdout || stderr.trim());
}

/**
 * The same for a longer wait, during which this process goes on.
 * @param signal ends the wait; then the file is not locked
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
  try {
    const [code] = await once(child, 'close');
    return signal?.aborted === true ? false : outcomeOf(code, '');
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** Whether processes share the lock of a file: `held`, `free`, `absent` without a file, or why it cannot be told. */
export type LockState = 'free' | 'held' | 'absent' | { readonly unknown: string };

/**
 * Asks for the exclusive lock of each path that it reads, and releases it. Where only the shared lock is refused too,
 * somebody has the exclusive one, so nobody shares it. Links are not followed, FIFOs not waited for.
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
 * Who holds the locks of these files, in the order of the paths.
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
