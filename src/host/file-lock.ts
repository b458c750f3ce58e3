import { constants, fstatSync, lstatSync } from 'node:fs';
import { BuildError } from '../common/errors.js';
import { exec } from './exec/exec.js';
import { syscalls } from './exec/syscalls.js';

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

/**
 * Locks an open file until it is closed. The kernel releases the lock when this process exits, also after
 * SIGKILL.
 * @param ms milliseconds to wait while another process holds the lock; less than the time limit of a command
 * @param signal ends the wait
 * @returns whether the file is locked; false if another process holds the lock.
 * @throws BuildError if the filesystem does not support locks; CommandError; the reason of the signal.
 */
export const lockFile = async (
  file: number,
  kind: LockKind,
  ms = 0,
  signal?: AbortSignal,
): Promise<boolean> => await runLock(lockScript, [file], kind, ms, signal);

/**
 * Perl code that reserves space for the file in descriptor 4: fallocate(2) with FALLOC_FL_KEEP_SIZE (1).
 * Without support (EOPNOTSUPP) nothing is reserved. ENOSPC is 28, EDQUOT 122.
 */
const reserveScript = (bytes: number): string => `
  open(my $reserved, '+<&=', 4) or die "$!\\n";
  syscall(${syscalls().fallocate}, 4, 1, 0, ${bytes}) == 0 or $! == 28 || $! == 122 ? die "$!\\n" : exit 0;`;

/**
 * Locks an open file as `lockFile` does, and reserves disk space for it if it is locked.
 * @param reserved the same file, open for writing, and the bytes to reserve
 * @throws as `lockFile`; CommandError if the filesystem has no space.
 */
export const lockAndReserve = async (
  file: number,
  kind: LockKind,
  ms: number,
  reserved: { readonly file: number; readonly bytes: number },
): Promise<boolean> =>
  await runLock(`${lockScript}${reserveScript(reserved.bytes)}`, [file, reserved.file], kind, ms);

async function runLock(
  script: string,
  descriptors: readonly number[],
  kind: LockKind,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { code, stdout } = await exec(
    ['perl', '-e', script, kind === 'shared' ? '1' : '2', String(Math.ceil(ms / 20))],
    { descriptors, signal, answers: [1, 2] },
  );
  if (code === 2)
    throw new BuildError(`state_dir: its filesystem does not support file locks (${stdout})`, {
      hint: 'Set state_dir to a directory on a local filesystem.',
    });
  return code === 0;
}

/** Whether a path still names an opened file, which may have been removed before it was locked. */
export function isStill(path: string, file: number): boolean {
  const [there, own] = [lstatSync(path, { throwIfNoEntry: false }), fstatSync(file)];
  return there?.ino === own.ino && there.dev === own.dev;
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
 * @throws CommandError when the helper cannot be started or does not end.
 */
export async function lockStates(paths: readonly string[]): Promise<LockState[]> {
  if (paths.length === 0) return [];
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const input = paths.map((path) => `${path}\0`).join('');
  const { stdout } = await exec(['perl', '-e', probeScript, String(flags)], { input });
  const lines = stdout.split('\n');
  return paths.map((_, index) => {
    const line = lines[index];
    if (line === 'free' || line === 'held' || line === 'absent') return line;
    return { unknown: line || 'no answer' };
  });
}
