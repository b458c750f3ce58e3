import { existsSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../errors.js';
import { type Command, exec } from './exec.js';
import { holdersOf } from './holders.js';
import { isAtOrBelow, type Mount, mountsIn, ownMounts, pids } from './mounts.js';
import { mountsOfDisk } from './mounts-of-disk.js';
import { attempt } from './processes.js';

/** Milliseconds: how long what is still used may stay mounted. */
const patience = 20_000;

/**
 * Exit codes of umount(8) and nsenter(1) after which the next look decides: in use, gone meanwhile, and 127 where a
 * namespace has left the VM's files for those of an image by then.
 */
const notNow = [1, 32, 126, 127];

/** What is mounted at a path or below it, in the order of unmounting: what was mounted last comes first. */
export const mountsToUndo = (mounts: readonly Mount[], path: string): Mount[] =>
  mounts.filter(({ target }) => isAtOrBelow(target, path)).toReversed();

/**
 * Unmounts all that a build has mounted at a path or below it, never lazily: here, and where a mount namespace that was
 * opened meanwhile has its copies of it. What somebody else has mounted there is left alone.
 * @param disk the kernel's name of the disk whose filesystems these are
 * @throws BuildError when something stays in use, or the disk is mounted elsewhere, with who holds it.
 */
export async function unmountAll(path: string, disk: string, signal: AbortSignal): Promise<void> {
  const until = performance.now() + patience;
  for (let all = everywhere(path, disk); all.length > 0; all = everywhere(path, disk)) {
    for (const argv of all) await exec(argv, { limit: 'disk', answers: notNow, signal });
    if (performance.now() > until && everywhere(path, disk).length > 0) {
      throw new BuildError(`what is mounted at ${path} cannot be unmounted`, {
        output: await holdersOf(disk, signal),
      });
    }
    await sleep(20, undefined, { signal });
  }
  const elsewhere = mountsOfDisk(ownMounts(), disk).map(({ target }) => target);
  if (elsewhere.length > 0) {
    throw new BuildError(`${disk} is mounted elsewhere than at ${path}: ${elsewhere.join(', ')}`, {
      output: await holdersOf(disk, signal),
      hint: 'Unmount it there, or move back the folder that was moved.',
    });
  }
}

/** Whether a build has something mounted at a path, in whatever mount namespace. */
export const isMountedByBuild = (path: string, disk: string): boolean => everywhere(path, disk).length > 0;

/** The commands that unmount it all. */
function everywhere(path: string, disk: string): Command[] {
  const own = ownMounts();
  const here = isOfBuild(own, path, disk) ? mountsToUndo(own, path) : [];
  return [...here.map(({ target }) => unmount(target)), ...copies(path, disk)];
}

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

/** The same mounts in namespaces that copied them: those in which the path is a filesystem of the disk too. */
function copies(path: string, disk: string): Command[] {
  if (!existsSync(`/sys/block/${disk}`)) return [];
  const seen = new Set([attempt(() => readlinkSync('/proc/self/ns/mnt'))]);
  return pids().flatMap((pid) => {
    const namespace = attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`));
    if (seen.has(namespace)) return [];
    seen.add(namespace);
    const mounts = mountsToUndo(mountsIn(pid), path);
    if (mountsOfDisk(mounts, disk).length === 0) return [];
    return mounts.map(
      ({ target }): Command => ['nsenter', `--target=${pid}`, '--mount', '--', ...unmount(target)],
    );
  });
}
