import { BuildError } from '../../common/errors.js';
import { at, type MountCall, type Mounter } from '../sandbox/mounter.js';
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
 * Mounts a filesystem on an open directory of an image.
 * @throws BuildError with the error of mount(2).
 */
export async function mountAt(
  mounter: Mounter,
  { descriptor }: Opened,
  { source, type, flags = 0, options = [] }: NewMount,
): Promise<void> {
  const what = `mount(2) of ${source} (${type})`;
  const failed = await mounter.call(what, [[source, at(descriptor), type, flags, options.join(',')]]);
  if (failed !== '')
    throw new BuildError(`${what} failed: ${failed}`, {
      hint: 'Check the kernel log (dmesg) for details.',
    });
}

/**
 * Bind-mounts a path of the VM, or an open file or directory, on an open file or directory of an image.
 * @throws BuildError with the error of mount(2).
 */
export async function bindAt(mounter: Mounter, target: Opened, source: string | Opened): Promise<void> {
  const [name, from] = typeof source === 'string' ? [source, source] : [source.inside, at(source.descriptor)];
  const what = `bind mount of ${name}`;
  const failed = await mounter.call(what, [[from, at(target.descriptor), 'none', bind, '']]);
  if (failed !== '') throw new BuildError(`${what} failed: ${failed}`);
}

/**
 * Sets the flags of a mount, given its open root. Clears all flags that are not given, except the atime
 * flags.
 * @throws BuildError if the descriptor is not the root of a mount.
 */
export async function remountAt(
  mounter: Mounter,
  { descriptor, inside }: Opened,
  flags: number,
): Promise<void> {
  const what = `remount of ${inside}`;
  const failed = await mounter.call(what, [['none', at(descriptor), 'none', remount + bind + flags, '']]);
  if (failed !== '') throw new BuildError(`${what} failed: ${failed}`);
}

/**
 * Makes entries of an open /proc read-only. The names are safe as paths: in procfs no program can replace
 * these entries.
 * @throws BuildError with the error of mount(2).
 */
export async function protectProcAt(
  mounter: Mounter,
  { descriptor, inside }: Opened,
  names: readonly string[],
): Promise<void> {
  const calls = names.flatMap((name): MountCall[] => {
    const entry = `${at(descriptor)}/${name}`;
    return [
      [entry, entry, 'none', bind, ''],
      ['none', entry, 'none', remount + bind + mountFlags.ro, ''],
    ];
  });
  const failed = await mounter.call(`remount of ${inside}`, calls);
  if (failed !== '') throw new BuildError(`${inside} cannot be made read-only: ${failed}`);
}
