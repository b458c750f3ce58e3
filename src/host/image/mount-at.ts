import { BuildError } from '../../common/errors.js';
import { type Command, exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { Opened } from './open-inside.js';

/** MS_NOSUID and so on of mount(2), from linux/mount.h. */
export const mountFlags = { ro: 1, nosuid: 2, nodev: 4, noexec: 8, nosymfollow: 256 } as const;
const remount = 32;
const bind = 4096;

/** A filesystem to mount. */
export interface NewMount {
  readonly type: string;
  readonly source: string;
  /** A sum of `mountFlags`. */
  readonly flags?: number;
  /** Options of the filesystem. */
  readonly options?: readonly string[];
}

/**
 * mount(2) onto an inherited descriptor. mount(8) wants a path: it resolves that again as a path of the VM, and since
 * util-linux 2.39 calls move_mount(2) without MOVE_MOUNT_T_SYMLINKS, which does not follow /proc/self/fd/3.
 */
const program = `
  my ($number, $source, $target, $type, $flags, $options) = @ARGV;
  syscall($number + 0, $source, $target, $type, $flags + 0, $options) == 0 or print "$!\\n";`;

const at = '/proc/self/fd/3';

/** Mounts a filesystem on an opened directory of an image, in which nothing runs. @throws BuildError with the kernel's reason. */
export async function mountAt(
  sandbox: Sandbox,
  target: Opened,
  { source, type, flags = 0, options = [] }: NewMount,
  signal: AbortSignal,
): Promise<void> {
  const failed = await call(sandbox, [target], [source, at, type, flags, options.join(',')], signal);
  if (failed !== '')
    throw new BuildError(`the kernel cannot mount ${type} ${source} (${failed})`, {
      hint: 'The log of the kernel (dmesg) may have details.',
    });
}

/** Binds a path of the VM, or an opened place, over an opened one. @throws BuildError with the kernel's reason. */
export async function bindAt(
  sandbox: Sandbox,
  target: Opened,
  source: string | Opened,
  signal: AbortSignal,
): Promise<void> {
  const failed =
    typeof source === 'string'
      ? await call(sandbox, [target], [source, at, 'none', bind, ''], signal)
      : await call(sandbox, [target, source], ['/proc/self/fd/4', at, 'none', bind, ''], signal);
  const name = typeof source === 'string' ? source : source.inside;
  if (failed !== '') throw new BuildError(`the kernel cannot bind ${name} (${failed})`);
}

/**
 * Sets the flags of the mount whose root is opened; those that are not given are cleared, beside those about atime.
 * @throws BuildError when it is the root of no mount.
 */
export async function remountAt(
  sandbox: Sandbox,
  target: Opened,
  flags: number,
  signal: AbortSignal,
): Promise<void> {
  const failed = await call(sandbox, [target], ['none', at, 'none', remount + bind + flags, ''], signal);
  if (failed !== '') throw new BuildError(`the kernel cannot remount ${target.inside} (${failed})`);
}

type Words = readonly [source: string, target: string, type: string, flags: number, options: string];

/** @returns why the call failed; empty when it did not. */
async function call(
  sandbox: Sandbox,
  opened: readonly Opened[],
  words: Words,
  signal: AbortSignal,
): Promise<string> {
  const argv: Command = ['perl', '-e', program, '--', String(syscalls().mount), ...words.map(String)];
  const { stdout } = await exec(sandbox.inside(argv), {
    descriptors: opened.map(({ descriptor }) => descriptor),
    limit: 'disk',
    signal,
  });
  return stdout.trim();
}
