import { readFileSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import { bindAt, mountAt, mountFlags, type NewMount, remountAt } from '../image/mount-at.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { onErrors } from '../sandbox/mount-partition.js';
import type { MountedImage } from './devices.js';
import { mountPrivateDev, type VisibleDisk } from './devices.js';

/** A mount that a chroot gets beside its root. */
export interface ChrootMount {
  /** A filesystem type, or `bind`. */
  readonly type: string;
  readonly source: string;
  /** The place inside the chroot. */
  readonly target: string;
  /** A kernel that cannot do it is no error. */
  readonly optional: boolean;
}

const defaults: Readonly<Record<string, readonly string[]>> = {
  devpts: ['newinstance', 'ptmxmode=0666', 'mode=620', 'gid=5'],
};

/** What of /proc are settings of the kernel, which is the VM's: no script of an image is to change them. */
const ofTheVm = ['sys', 'sysrq-trigger'];

const kernelCan = (type: string): boolean =>
  type === 'bind' || readFileSync('/proc/filesystems', 'utf8').split(/\s+/).includes(type);

export interface MountChroot extends MountedImage {
  readonly disk: VisibleDisk;
}

/**
 * Mounts what a chroot needs, in the order given, and a private /run first. Each place is resolved inside the
 * image, nothing of which runs yet.
 * @throws BuildError for a mount that this kernel cannot do, unless it is optional.
 * @returns the mount points that had to be made in the image, and the mounts that were skipped.
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
    // What covers the root covers all that is in it.
    if (tree.resolve(target) === '/')
      throw new BuildError(`chroot_mounts: ${target} leads to the root of the image`);
    return openInside(tree, target);
  };
  const openFolder = (target: string): Opened => {
    make(target);
    if (tree.stat(target)?.isDirectory()) return open(target);
    throw new BuildError(`chroot_mounts: ${target} is not a folder in the image`);
  };
  const mountWanted = async ({ source, target }: ChrootMount, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new BuildError(`chroot_mounts: ${source} cannot be mounted at ${target}`, { cause: error });
    });
  };
  const mount = async (target: string, what: NewMount): Promise<void> => {
    using at = openFolder(target);
    await mountAt(sandbox, at, what, signal);
  };
  /** What is mounted at a place can be read only. */
  const protect = async (target: string): Promise<void> => {
    using at = openInside(tree, target);
    await remountAt(sandbox, at, mountFlags.ro, signal);
  };

  const flags = mountFlags.nosuid | mountFlags.nodev;
  await mount('/run', { type: 'tmpfs', source: 'build-omi-run', flags, options: ['mode=755'] });
  tree.makeFolders('/run/lock', { uid: 0, gid: 0, mode: 0o1777 });
  for (const wanted of mounts) {
    const { type, source, target, optional } = wanted;
    if (!kernelCan(type)) {
      if (!optional) throw new BuildError(`chroot_mounts: this kernel has no filesystem ${type}`);
      skipped.push(wanted);
    } else if (type === 'bind' && source === '/dev') {
      {
        using _isFolder = openFolder(target);
      }
      await mountPrivateDev(into, tree.resolve(target), disk);
    } else if (type === 'bind') {
      using at = open(target);
      await mountWanted(wanted, async () => await bindAt(sandbox, at, source, signal));
    } else {
      using at = openFolder(target);
      const options = [...onErrors(type), ...(defaults[type] ?? [])];
      await mountWanted(wanted, async () => await mountAt(sandbox, at, { type, source, options }, signal));
      if (type === 'binfmt_misc') await protect(at.inside);
      if (type !== 'proc') continue;
      for (const name of ofTheVm.map((one) => `${at.inside}/${one}`).filter((one) => tree.stat(one))) {
        {
          using file = openInside(tree, name);
          await bindAt(sandbox, file, file, signal);
        }
        await protect(name);
      }
    }
  }
  return { made, skipped };
}
