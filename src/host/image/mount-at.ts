import { BuildError } from '../../common/errors.js';
import { type Command, exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { Opened } from './open-inside.js';

/** Mount flags of mount(2): MS_RDONLY, MS_NOSUID, … from linux/mount.h. */
export const mountFlags = { ro: 1, nosuid: 2, nodev: 4, noexec: 8, nosymfollow: 256 } as const;
/** MS_REMOUNT and MS_BIND of linux/mount.h. */
const remount = 32;
const bind = 4096;

/** A filesystem to mount. */
export interface NewMount {
  readonly type: string;
  readonly source: string;
  /** A sum of `mountFlags`. */
  readonly flags?: number;
  /** Filesystem-specific options, the `data` argument of mount(2). */
  readonly options?: readonly string[];
}

/**
 * Calls mount(2), once for each five arguments until one fails, with an inherited descriptor as the target.
 * mount(8) needs a path, which it would resolve again as a path of the VM. Since util-linux 2.39 it also
 * calls move_mount(2) without MOVE_MOUNT_T_SYMLINKS, which does not follow /proc/self/fd/3.
 */
const program = `
  my $number = shift;
  while (my ($source, $target, $type, $flags, $options) = splice @ARGV, 0, 5) {
    syscall($number + 0, $source, $target, $type, $flags + 0, $options) == 0 or print("$!\\n"), last;
  }`;

const at = '/proc/self/fd/3';

/**
 * Mounts a filesystem on an open directory of an image.
 * @throws BuildError with the error of mount(2).
 */
export async function mountAt(
  sandbox: Sandbox,
  target: Opened,
  { source, type, flags = 0, options = [] }: NewMount,
  signal: AbortSignal,
): Promise<void> {
  const failed = await callMount(sandbox, [target], [[source, at, type, flags, options.join(',')]], signal);
  if (failed !== '')
    throw new BuildError(`mount(2) of ${source} (${type}) failed: ${failed}`, {
      hint: 'Check the kernel log (dmesg) for details.',
    });
}

/**
 * Bind-mounts a path of the VM, or an open file or directory, on an open file or directory of an image.
 * @throws BuildError with the error of mount(2).
 */
export async function bindAt(
  sandbox: Sandbox,
  target: Opened,
  source: string | Opened,
  signal: AbortSignal,
): Promise<void> {
  const failed =
    typeof source === 'string'
      ? await callMount(sandbox, [target], [[source, at, 'none', bind, '']], signal)
      : await callMount(sandbox, [target, source], [['/proc/self/fd/4', at, 'none', bind, '']], signal);
  const name = typeof source === 'string' ? source : source.inside;
  if (failed !== '') throw new BuildError(`bind mount of ${name} failed: ${failed}`);
}

/**
 * Sets the flags of a mount, given its open root. Clears all flags that are not given, except the atime
 * flags.
 * @throws BuildError if the descriptor is not the root of a mount.
 */
export async function remountAt(
  sandbox: Sandbox,
  target: Opened,
  flags: number,
  signal: AbortSignal,
): Promise<void> {
  const failed = await callMount(
    sandbox,
    [target],
    [['none', at, 'none', remount + bind + flags, '']],
    signal,
  );
  if (failed !== '') throw new BuildError(`remount of ${target.inside} failed: ${failed}`);
}

/**
 * Makes entries of an open /proc read-only, all in one process. The names are safe as paths: in procfs no
 * program can replace these entries.
 * @throws BuildError with the error of mount(2).
 */
export async function protectProcAt(
  sandbox: Sandbox,
  proc: Opened,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const calls = names.flatMap((name): MountArguments[] => [
    [`${at}/${name}`, `${at}/${name}`, 'none', bind, ''],
    ['none', `${at}/${name}`, 'none', remount + bind + mountFlags.ro, ''],
  ]);
  const failed = await callMount(sandbox, [proc], calls, signal);
  if (failed !== '') throw new BuildError(`${proc.inside} cannot be made read-only: ${failed}`);
}

type MountArguments = readonly [source: string, target: string, type: string, flags: number, options: string];

/** @returns the first error of mount(2); empty if all calls succeeded. */
async function callMount(
  sandbox: Sandbox,
  opened: readonly Opened[],
  calls: readonly MountArguments[],
  signal: AbortSignal,
): Promise<string> {
  const argv: Command = ['perl', '-e', program, '--', String(syscalls().mount), ...calls.flat().map(String)];
  const { stdout } = await exec(sandbox.inside(argv), {
    descriptors: opened.map(({ descriptor }) => descriptor),
    limit: 'disk',
    signal,
  });
  return stdout.trim();
}
