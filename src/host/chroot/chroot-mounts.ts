import { readFileSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import { bindAt, mountAt, mountFlags, type NewMount, remountAt } from '../image/mount-at.js';
import type { MountedImage } from '../image/mounted-image.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { onErrors } from '../sandbox/mount-partition.js';
import { mountPrivateDev, type VisibleDisk } from './devices.js';

/** A mount in the chroot, in addition to its root. */
export interface ChrootMount {
  /** A filesystem type, or `bind`. */
  readonly type: string;
  readonly source: string;
  /** Mount point inside the chroot. */
  readonly target: string;
  /** Skip the mount if the kernel does not support the filesystem type. */
  readonly optional: boolean;
}

const defaults: Readonly<Record<string, readonly string[]>> = {
  devpts: ['newinstance', 'ptmxmode=0666', 'mode=620', 'gid=5'],
};

/**
 * Entries of /proc that change settings of the kernel. The VM uses the same kernel, so they become read-only.
 */
const kernelSettings = ['sys', 'sysrq-trigger'];

const kernelSupports = (type: string): boolean =>
  type === 'bind' || readFileSync('/proc/filesystems', 'utf8').split(/\s+/).includes(type);

export interface MountChroot extends MountedImage {
  readonly disk: VisibleDisk;
}

/**
 * Mounts a private /run, then the mounts of the chroot in the given order. Each mount point is resolved
 * inside the image. No program of the image may run yet.
 * @throws BuildError for a filesystem type that this kernel does not support, unless the mount is optional.
 * @returns the mount points created in the image, and the skipped mounts.
 */
export async function mountChroot(
  into: MountChroot,
  mounts: readonly ChrootMount[],
): Promise<{ made: string[]; skipped: ChrootMount[] }> {
  const made: string[] = [];
  const skipped: ChrootMount[] = [];
  const { sandbox, tree, disk, signal } = into;
  const make = (target: string): void => {
    if (!tree.stat(target)) made.push(...tree.makeFolders(target));
  };
  const open = (target: string): Opened => {
    make(target);
    // A mount on the root would hide the whole image.
    if (tree.resolve(target) === '/')
      throw new BuildError(`chroot_mounts: ${target} resolves to the root of the image`);
    return openInside(tree, target);
  };
  const openFolder = (target: string): Opened => {
    make(target);
    if (tree.stat(target)?.isDirectory()) return open(target);
    throw new BuildError(`chroot_mounts: ${target} is not a directory in the image`);
  };
  const mountOrFail = async ({ source, target }: ChrootMount, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new BuildError(`chroot_mounts: cannot mount ${source} at ${target}`, { cause: error });
    });
  };
  const mount = async (target: string, what: NewMount): Promise<void> => {
    using at = openFolder(target);
    await mountAt(sandbox, at, what, signal);
  };
  /** Makes the mount at a path read-only. */
  const makeReadOnly = async (target: string): Promise<void> => {
    using at = openInside(tree, target);
    await remountAt(sandbox, at, mountFlags.ro, signal);
  };

  const flags = mountFlags.nosuid | mountFlags.nodev;
  await mount('/run', { type: 'tmpfs', source: 'build-omi-run', flags, options: ['mode=755'] });
  tree.makeFolders('/run/lock', { uid: 0, gid: 0, mode: 0o1777 });
  for (const wanted of mounts) {
    const { type, source, target, optional } = wanted;
    if (!kernelSupports(type)) {
      if (!optional)
        throw new BuildError(`chroot_mounts: this kernel does not support the filesystem type ${type}`);
      skipped.push(wanted);
    } else if (type === 'bind' && source === '/dev') {
      {
        using _isFolder = openFolder(target);
      }
      await mountPrivateDev(into, tree.resolve(target), disk);
    } else if (type === 'bind') {
      using at = open(target);
      await mountOrFail(wanted, async () => await bindAt(sandbox, at, source, signal));
    } else {
      using at = openFolder(target);
      const options = [...onErrors(type), ...(defaults[type] ?? [])];
      await mountOrFail(wanted, async () => await mountAt(sandbox, at, { type, source, options }, signal));
      if (type === 'binfmt_misc') await makeReadOnly(at.inside);
      if (type !== 'proc') continue;
      for (const name of kernelSettings.map((one) => `${at.inside}/${one}`).filter((one) => tree.stat(one))) {
        {
          using file = openInside(tree, name);
          await bindAt(sandbox, file, file, signal);
        }
        await makeReadOnly(name);
      }
    }
  }
  return { made, skipped };
}
