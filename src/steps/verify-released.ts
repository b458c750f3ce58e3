import { BuildError } from '../common/errors.js';
import { whyNotQuiesced } from '../host/disk/exclusive.js';
import { requireSameDisk } from '../host/disk/find-disk.js';
import { partitionsOf } from '../host/disk/partitions.js';
import { waitUntilFree } from '../host/disk/wait-until-free.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/**
 * The pre-snapshot check, also made before detaching: the kernel has released every filesystem of the disk,
 * and each is cleanly unmounted. Only the block device proves that; mount tables do not.
 * @throws BuildError with the users of the disk if it stays in use.
 */
export async function verifyReleased({ disk, sequence, volume }: AttachedDisk, tools: Tools): Promise<void> {
  requireSameDisk({ disk, sequence });
  for (const partition of await partitionsOf(disk, tools.signal)) {
    const stillInUse = await waitUntilFree(disk, () => whyNotQuiesced(partition), {
      log: (line) => tools.report.warn(line),
      signal: tools.signal,
    });
    if (stillInUse === undefined) continue;
    throw new BuildError(`${volume} cannot be snapshotted: ${partition.name}: ${stillInUse.why}`, {
      output: stillInUse.holders,
    });
  }
}
