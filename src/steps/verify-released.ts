import { BuildError } from '../common/errors.js';
import { whyNotQuiesced } from '../host/disk/exclusive.js';
import { requireSameDisk } from '../host/disk/find-disk.js';
import { partitionsOf } from '../host/disk/partitions.js';
import { waitUntilFree } from '../host/disk/wait-until-free.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from './attach.js';

/**
 * The gate before detaching and before the snapshot: every filesystem of the disk is let go of and finished. The
 * end of the namespaces has unmounted them, but only the device itself can prove it.
 * @throws BuildError when it stays in use, with who holds it.
 */
export async function requireFinished({ disk, sequence, volume }: AttachedDisk, tools: Tools): Promise<void> {
  requireSameDisk({ disk, sequence });
  for (const partition of await partitionsOf(disk, tools.signal)) {
    const stillInUse = await waitUntilFree(disk, () => whyNotQuiesced(partition), {
      log: (line) => tools.report.warn(line),
      signal: tools.signal,
    });
    if (stillInUse === undefined) continue;
    throw new BuildError(`${volume} cannot be snapshotted: of its ${partition.name} ${stillInUse.why}`, {
      output: stillInUse.holders,
    });
  }
}
