import { BuildError } from '../common/errors.js';
import { whyNotQuiesced } from '../host/disk/exclusive.js';
import { requireSameDisk } from '../host/disk/find-disk.js';
import { type DiskLayout, layoutOf } from '../host/disk/partitions.js';
import { waitUntilFree } from '../host/disk/wait-until-free.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/**
 * The pre-snapshot check, also made before detaching: the kernel has released every filesystem of the disk,
 * and each is cleanly unmounted. Only the block device proves that; mount tables do not.
 * @returns the layout of the released disk
 * @throws BuildError with the users of the disk if it stays in use.
 */
export async function verifyReleased(
  { disk, sequence, volume }: AttachedDisk,
  tools: Tools,
): Promise<DiskLayout> {
  requireSameDisk({ disk, sequence });
  const layout = await layoutOf(disk, tools.signal);
  let wasInUse = false;
  for (const partition of layout.partitions) {
    const reason = (): string | undefined => {
      const why = whyNotQuiesced(partition);
      wasInUse ||= why !== undefined;
      return why;
    };
    const stillInUse = await waitUntilFree(disk, reason, {
      log: (line) => tools.report.warn(line),
      signal: tools.signal,
    });
    if (stillInUse === undefined) continue;
    throw new BuildError(`${volume} cannot be snapshotted: ${partition.name}: ${stillInUse.why}`, {
      output: stillInUse.holders,
    });
  }
  // What used the disk may have changed it.
  return wasInUse ? await layoutOf(disk, tools.signal) : layout;
}
