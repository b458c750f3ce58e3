import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../../common/errors.js';
import { foreignAmong, namespacesOf } from '../disk/disk-use.js';
import { type MountNamespace, ownedHere } from '../disk/mount-namespaces.js';
import { mountsOfDisk } from '../disk/mounts-of-disk.js';
import { usersOf } from '../disk/users.js';
import { type Command, exec } from '../exec/exec.js';
import { currentMounts, isAtOrBelow, type Mount } from '../proc/mountinfo.js';
import { unmountInside } from './unmount-inside.js';

/** Milliseconds to wait for mounts that are in use. */
const timeout = 20_000;

/**
 * Exit codes of umount(8) for a mount that is in use or already unmounted. The loop reads the mounts again.
 */
const retryCodes = [1, 32];

/** The mounts at or below a path in the order of unmounting: the last mount first. */
const mountsToUndo = (mounts: readonly Mount[], path: string): Mount[] =>
  mounts.filter(({ target }) => isAtOrBelow(target, path)).toReversed();

/**
 * Unmounts the mounts of a build at or below a path, never lazily. Includes the copies in mount namespaces
 * that were created meanwhile. Does not unmount other mounts at the path.
 * @param disk kernel name of the disk with the filesystems
 * @throws BuildError with the users of the disk if a mount stays in use or the disk is mounted elsewhere.
 */
export async function unmountAll(path: string, disk: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + timeout;
  const find = async (): Promise<BuildMounts> => await mountsOfBuild(path, disk, signal);
  for (let found = await find(); isAny(found); found = await find()) {
    for (const { target } of found.here)
      await exec(unmount(target), { limit: 'disk', answers: retryCodes, signal });
    for (const copy of found.copies) await unmountInside(copy, mountsToUndo(copy.mounts, path), signal);
    if (performance.now() > until && isAny(await find())) {
      throw new BuildError(`cannot unmount ${path}: still in use`, {
        output: await usersOf(disk, signal),
      });
    }
    await sleep(20, undefined, { signal });
  }
  const elsewhere = mountsOfDisk(currentMounts(), disk).map(({ target }) => target);
  if (elsewhere.length > 0) {
    throw new BuildError(`${disk} is still mounted outside ${path}: ${elsewhere.join(', ')}`, {
      output: await usersOf(disk, signal),
      hint: 'Unmount it there, or move the directory back if it was moved.',
    });
  }
}

/** The mounts of a build. */
interface BuildMounts {
  /** In the mount namespace of this process, in the order of unmounting. */
  readonly here: readonly Mount[];
  /** Other mount namespaces with a filesystem of the disk at or below the path. */
  readonly copies: readonly MountNamespace[];
}

const isAny = ({ here, copies }: BuildMounts): boolean => here.length > 0 || copies.length > 0;

async function mountsOfBuild(path: string, disk: string, signal: AbortSignal): Promise<BuildMounts> {
  const own = currentMounts();
  return {
    here: isOfBuild(own, path, disk) ? mountsToUndo(own, path) : [],
    copies: await ownedHere(copiesOf(path, disk), signal),
  };
}

/** Mounts are identified by device numbers, which a removed disk does not have. */
const copiesOf = (path: string, disk: string): MountNamespace[] =>
  existsSync(`/sys/block/${disk}`)
    ? namespacesOf(disk).filter(
        ({ isOwn, ofDisk }) => !isOwn && ofDisk.some(({ target }) => isAtOrBelow(target, path)),
      )
    : [];

/**
 * Whether a build has a mount at a path in any mount namespace. Ignores mounts of the disk outside the path,
 * because the kernel may have reused the disk name.
 */
export const isMountedByBuild = (path: string, disk: string): boolean =>
  isOfBuild(currentMounts(), path, disk) || copiesOf(path, disk).length > 0;

/**
 * Whether a disk is mounted in a mount namespace of another user namespace, until the processes there end.
 */
export const isHeldByOthers = async (disk: string, signal: AbortSignal): Promise<boolean> =>
  existsSync(`/sys/block/${disk}`) && (await foreignAmong(namespacesOf(disk), signal)).length > 0;

/** Whether the mount at a path is of the disk, or binds the directory onto itself (to make it private). */
function isOfBuild(mounts: readonly Mount[], path: string, disk: string): boolean {
  const there = mounts.filter(({ target }) => target === path);
  return mountsOfDisk(there, disk).length > 0 || there.some((mount) => isOntoItself(mount, mounts));
}

function isOntoItself({ target, device, root }: Mount, mounts: readonly Mount[]): boolean {
  const above = mounts
    .filter((mount) => mount.target !== target && !relative(mount.target, target).startsWith('..'))
    .reduce<Mount | undefined>(
      (nearest, mount) => (mount.target.length >= (nearest?.target.length ?? 0) ? mount : nearest),
      undefined,
    );
  return above?.device === device && root === join(above.root, relative(above.target, target));
}

const unmount = (target: string): Command => ['umount', '--no-canonicalize', '--', target];
