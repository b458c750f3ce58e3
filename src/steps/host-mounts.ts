import { existsSync } from 'node:fs';
import { BuildError } from '../common/errors.js';
import { detachKernelUsers } from '../host/disk/detach-users.js';
import { diskOf, nameForCleanUp, requireSameDisk } from '../host/disk/find-disk.js';
import { showsDisk } from '../host/disk/mounts-of-disk.js';
import { exec } from '../host/exec/exec.js';
import { limitOf } from '../host/exec/time-limits.js';
import { thaw } from '../host/mount/normalize.js';
import { terminateMountUsers } from '../host/mount/terminate-users.js';
import { isHeldByOthers, isMountedByBuild, unmountAll } from '../host/mount/unmount.js';
import { bootId } from '../host/proc/identity.js';
import { currentMounts } from '../host/proc/mountinfo.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/**
 * Makes the mount point private before anything is mounted there: what is mounted at it or below it is seen by the
 * VM, and spreads to no other mount namespace (mount_namespaces(7)).
 */
export async function openMounts(
  path: string,
  { disk, sequence }: AttachedDisk,
  tools: Tools,
): Promise<Resource<void, 'mounts'>> {
  return await acquire(
    tools,
    'mounts',
    { path, disk, sequence },
    async () => {
      await exec(['mount', '--bind', path, path], { signal: tools.signal });
      await exec(['mount', '--make-private', path], { signal: tools.signal });
    },
    undoMounts,
  );
}

/** @throws BuildError when the root is not mounted there any more. */
export function requireMounted(path: string, { disk, sequence }: AttachedDisk): void {
  requireSameDisk({ disk, sequence });
  if (showsDisk(currentMounts(), path, disk)) return;
  throw new BuildError(`the image is not mounted at ${path} any more`, {
    hint: 'Somebody unmounted it, or the VM was started anew. Give the build up: build-omi abort --build-id ID',
  });
}

/**
 * Ends what uses the image, and says what that was.
 * @param patience milliseconds; as long as work on a disk may take unless given.
 */
export async function endUsers(
  path: string,
  disk: string,
  tools: Tools,
  timeout = limitOf('disk').ms,
): Promise<void> {
  // A process that waits for a frozen filesystem does not die.
  if (existsSync(`/sys/block/${disk}`)) await thaw({ pid: process.pid, root: path }, disk, tools.signal);
  for (const line of await terminateMountUsers(path, disk, timeout, tools.signal))
    tools.report.warn(`ended, for it still used ${path}: ${line}`);
}

/** Milliseconds that what uses the image may take to end where it is only put away. */
const timeout = 20_000;

export const undoMounts: Undo<'mounts'> = {
  title: ({ path }) => `Unmount ${path}`,
  run: async ({ path, ...recorded }, tools) => {
    // Nobody is given a place where something is mounted: what was mounted there is gone.
    if (tools.build.pathsInUse().includes(path)) return;
    // Mounts end with the boot they were made in: what is there now is somebody else's, as the disk of that name is.
    if (tools.ledger.boot !== bootId()) return;
    const disk = nameForCleanUp(recorded, nameOfVolume(tools));
    const isOurs = isMountedByBuild(path, disk);
    if (isOurs) await endUsers(path, disk, tools, timeout);
    for (const line of await detachKernelUsers(disk, false, tools.signal)) tools.report.warn(line);
    await unmountAll(path, disk, tools.signal);
    // A user namespace may have copied the mounts meanwhile. From now on there is nothing left to copy.
    if (isOurs && (await isHeldByOthers(disk, tools.signal))) await endUsers(path, disk, tools, timeout);
  },
};

/** The disk that the names of the build's volume lead to. */
function nameOfVolume({ ledger }: Tools): string | undefined {
  const attachment = ledger.openOf('attachment').find(({ data }) => data.device !== '');
  return attachment && diskOf(attachment.data.device, attachment.data.volume);
}
