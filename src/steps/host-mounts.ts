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
 * Makes the mount point a private mount. Mounts at or below it are visible on the VM, and do not propagate to
 * other mount namespaces (mount_namespaces(7)).
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

/** @throws BuildError unless the root filesystem is still mounted at `path`. */
export function requireMounted(path: string, { disk, sequence }: AttachedDisk): void {
  requireSameDisk({ disk, sequence });
  if (showsDisk(currentMounts(), path, disk)) return;
  throw new BuildError(`The image is not mounted at ${path} any more`, {
    hint: 'It was unmounted, or the VM was restarted. Abort the build: build-omi abort --build-id ID',
  });
}

/**
 * Terminates the processes that use the image, and reports them.
 * @param timeout milliseconds; by default the time limit of operations on a disk
 */
export async function terminateUsers(
  path: string,
  disk: string,
  tools: Tools,
  timeout = limitOf('disk').ms,
): Promise<void> {
  // A process that waits for a frozen filesystem does not react to SIGKILL.
  if (existsSync(`/sys/block/${disk}`)) await thaw({ pid: process.pid, root: path }, disk, tools.signal);
  for (const line of await terminateMountUsers(path, disk, timeout, tools.signal))
    tools.report.warn(`Terminated process still using ${path}: ${line}`);
}

/** Milliseconds that the users of the image have to end during cleanup. */
const cleanupTimeout = 20_000;

export const undoMounts: Undo<'mounts'> = {
  title: ({ path }) => `Unmount ${path}`,
  run: async ({ path, ...recorded }, tools) => {
    // A build never gets a mount path that is in use, so another build at this path proves that these mounts
    // are gone.
    if ((await tools.build.pathsInUse(path)).includes(path)) return;
    // A restart ends all mounts. A mount at this path, or a disk of this name, now belongs to something else.
    if (tools.ledger.boot !== bootId()) return;
    const disk = nameForCleanUp(recorded, nameOfVolume(tools));
    const isOurs = isMountedByBuild(path, disk);
    if (isOurs) await terminateUsers(path, disk, tools, cleanupTimeout);
    for (const line of await detachKernelUsers(disk, false, tools.signal)) tools.report.warn(line);
    await unmountAll(path, disk, tools.signal);
    // A user namespace may have copied the mounts in the meantime. From now on there is nothing to copy.
    if (isOurs && (await isHeldByOthers(disk, tools.signal)))
      await terminateUsers(path, disk, tools, cleanupTimeout);
  },
};

/** The disk that the device links of the build's volume point to. */
function nameOfVolume({ ledger }: Tools): string | undefined {
  const attachment = ledger.openOf('attachment').find(({ data }) => data.device !== '');
  return attachment && diskOf(attachment.data.device, attachment.data.volume);
}
