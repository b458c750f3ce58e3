import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError } from '../../common/errors.js';
import { bindAt, mountAt, mountFlags, type NewMount, protectProcAt, remountAt } from '../image/mount-at.js';
import type { MountedImage } from '../image/mounted-image.js';
import { nameBeside } from '../image/name-beside.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { WritableMounts } from '../image/writable-mounts.js';
import { onErrors } from '../sandbox/mount-partition.js';
import type { Mounter } from '../sandbox/mounter.js';
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
 * @returns the mount points created in the image, the skipped mounts, the mounts to which build-omi may
 *   write, and a directory on one of them for temporary files.
 */
export async function mountChroot(
  into: MountChroot,
  mounter: Mounter,
  mounts: readonly ChrootMount[],
): Promise<{ made: string[]; skipped: ChrootMount[]; own: WritableMounts; scratch: string }> {
  const made: string[] = [];
  const skipped: ChrootMount[] = [];
  const { sandbox, tree, disk, signal } = into;
  const own = new WritableMounts(tree, sandbox, disk.disk);
  const make = (target: string, isFile = false): void => {
    if (tree.stat(target)) return;
    if (!own.hasPlace(target))
      throw new BuildError(`chroot_mounts: ${target} does not exist on the mount above it`, {
        hint: 'Create it there first, for example in pre_mount_commands.',
      });
    const path = tree.resolve(target);
    made.push(...tree.makeFolders(isFile ? dirname(path) : path));
    if (!isFile) return;
    tree.create(path, '', { uid: 0, gid: 0, mode: 0o644 });
    made.push(path);
  };
  const open = (target: string, isFile = false): Opened => {
    make(target, isFile);
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
  /** Whether a path of the VM is a file; a missing one is an error before its mount point is created. */
  const isFileOnVm = (source: string): boolean => {
    const found = statSync(`${sandbox.root}${source}`, { throwIfNoEntry: false });
    if (found !== undefined) return !found.isDirectory();
    throw new BuildError(`chroot_mounts: ${source} does not exist on this VM`, {
      hint: 'Create it in pre_mount_commands, or remove the mount.',
    });
  };
  const mountOrFail = async ({ source, target }: ChrootMount, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => {
      signal.throwIfAborted();
      throw new BuildError(`chroot_mounts: cannot mount ${source} at ${target}`, { cause: error });
    });
  };
  const mount = async (target: string, what: NewMount): Promise<void> => {
    using at = openFolder(target);
    await mountAt(mounter, at, what);
  };
  /** Makes the mount at a path read-only. */
  const makeReadOnly = async (target: string): Promise<void> => {
    using at = openInside(tree, target);
    await remountAt(mounter, at, mountFlags.ro);
  };

  const flags = mountFlags.nosuid | mountFlags.nodev;
  /** /run, or a directory with its own tmpfs if a mount of the user is at /run. */
  const scratchFolder = async (): Promise<string> => {
    if (own.hasPlace('/run/file')) return '/run';
    const path = nameBeside('/build-omi');
    await mount(path, { type: 'tmpfs', source: 'build-omi-scratch', flags, options: ['mode=755'] });
    own.add(path);
    return path;
  };
  await mount('/run', { type: 'tmpfs', source: 'build-omi-run', flags, options: ['mode=755'] });
  own.add('/run');
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
      await mountPrivateDev(into, mounter, tree.resolve(target), disk);
      own.add(target);
      own.add(`${target}/shm`);
    } else if (type === 'bind') {
      using at = open(target, isFileOnVm(source));
      await mountOrFail(wanted, async () => await bindAt(mounter, at, source));
    } else {
      using at = openFolder(target);
      const options = [...onErrors(type), ...(defaults[type] ?? [])];
      await mountOrFail(wanted, async () => await mountAt(mounter, at, { type, source, options }));
      if (type === 'tmpfs') own.add(target);
      if (type === 'binfmt_misc') await makeReadOnly(at.inside);
      if (type !== 'proc') continue;
      using proc = openInside(tree, at.inside);
      const present = kernelSettings.filter((name) => tree.stat(`${at.inside}/${name}`));
      await protectProcAt(mounter, proc, present);
    }
  }
  return { made, skipped, own, scratch: await scratchFolder() };
}
