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

/** Milliseconds: how long what is still used may stay mounted. */
const timeout = 20_000;

/** Exit codes of umount(8) after which the next look decides: in use, or gone meanwhile. */
const notNow = [1, 32];

/** What is mounted at a path or below it, in the order of unmounting: what was mounted last comes first. */
const mountsToUndo = (mounts: readonly Mount[], path: string): Mount[] =>
  mounts.filter(({ target }) => isAtOrBelow(target, path)).toReversed();

/**
 * Unmounts all that a build has mounted at a path or below it, never lazily: here, and where a mount namespace that was
 * opened meanwhile has its copies of it. What somebody else has mounted there is left alone.
 * @param disk the kernel's name of the disk whose filesystems these are
 * @throws BuildError when something stays in use, or the disk is mounted elsewhere, with who holds it.
 */
export async function unmountAll(path: string, disk: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + timeout;
  const look = async (): Promise<BuildMounts> => await mountsOfBuild(path, disk, signal);
  for (let found = await look(); isAny(found); found = await look()) {
    for (const { target } of found.here)
      await exec(unmount(target), { limit: 'disk', answers: notNow, signal });
    for (const copy of found.copies) await unmountInside(copy, mountsToUndo(copy.mounts, path), signal);
    if (performance.now() > until && isAny(await look())) {
      throw new BuildError(`what is mounted at ${path} cannot be unmounted`, {
        output: await usersOf(disk, signal),
      });
    }
    await sleep(20, undefined, { signal });
  }
  const elsewhere = mountsOfDisk(currentMounts(), disk).map(({ target }) => target);
  if (elsewhere.length > 0) {
    throw new BuildError(`${disk} is mounted elsewhere than at ${path}: ${elsewhere.join(', ')}`, {
      output: await usersOf(disk, signal),
      hint: 'Unmount it there, or move back the folder that was moved.',
    });
  }
}

/** What a build has mounted. */
interface BuildMounts {
  /** In the mount namespace of this process, in the order of unmounting. */
  readonly here: readonly Mount[];
  /** Other mount namespaces in which the path is a filesystem of the disk too. */
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

/** A disk that is gone has no device numbers by which its mounts could be recognised. */
const copiesOf = (path: string, disk: string): MountNamespace[] =>
  existsSync(`/sys/block/${disk}`)
    ? namespacesOf(disk).filter(
        ({ isOwn, ofDisk }) => !isOwn && ofDisk.some(({ target }) => isAtOrBelow(target, path)),
      )
    : [];

/**
 * Whether a build has something mounted at a path, in whatever mount namespace. By then the disk of that name may be another
 * one: elsewhere than at the path it does not count.
 */
export const isMountedByBuild = (path: string, disk: string): boolean =>
  isOfBuild(currentMounts(), path, disk) || copiesOf(path, disk).length > 0;

/** Whether a mount namespace of another user namespace has a disk mounted: only the end of its processes ends that. */
export const isHeldByOthers = async (disk: string, signal: AbortSignal): Promise<boolean> =>
  existsSync(`/sys/block/${disk}`) && (await foreignAmong(namespacesOf(disk), signal)).length > 0;

/** Whether what is mounted at a path is of a build's disk, or the folder itself, which makes it private. */
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
