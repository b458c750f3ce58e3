import { BuildError } from '../../common/errors.js';
import { diskOf, requireSameDisk } from '../../host/disk/find-disk.js';
import { bootId } from '../../host/proc/identity.js';
import { readVolume } from '../../outscale/calls/lookups.js';
import type { Tools } from '../../runtime/tools.js';
import type { AttachedDisk } from '../attach.js';

/** The disk of a retained volume, and its partitions that were mounted in the build, the root first. */
export interface RetainedDisk {
  readonly disk: AttachedDisk;
  readonly mounts: readonly RetainedMount[];
}

interface RetainedMount {
  /** The number of the partition; 0 is the whole disk. */
  readonly number: number;
  readonly target: string;
  readonly options: readonly string[];
}

/**
 * Finds the disk of a retained volume again, also after a restart of the VM, when the kernel may have given
 * it another name.
 * @throws BuildError if the volume does not exist, is not attached to this VM, or was not mounted by the
 *   build
 */
export async function findRetained(fromScratch: boolean, tools: Tools): Promise<RetainedDisk> {
  const { ledger, cloud } = tools;
  const [volume] = ledger.openOf('volume');
  const id = volume?.data.id;
  const found = id === undefined ? undefined : await readVolume(cloud, id);
  if (id === undefined || found === undefined)
    throw new BuildError(`The volume ${id ?? ''} of build ${ledger.header.build} does not exist any more`, {
      hint: 'sweep removes the rest of the build.',
    });
  const [claim] = ledger.openOf('attachment');
  const link = found.LinkedVolumes?.[0];
  const isHere = link?.VmId === ledger.header.vm && link.State === 'attached';
  if (claim === undefined || !isHere)
    throw new BuildError(`Volume ${id} is not attached to this VM`, {
      hint:
        claim === undefined
          ? 'The build failed after it had detached the volume. Attach it with LinkVolume to look at it.'
          : 'It was detached after the build had failed, so its chroot cannot be opened. Attach it with LinkVolume to look at it.',
    });
  const { device, disk: recorded, sequence, mounts } = claim.data;
  if (recorded === undefined || mounts === undefined || mounts.length === 0)
    throw new BuildError(`Build ${ledger.header.build} failed before it had mounted volume ${id}`, {
      hint: `It is attached as ${device}. Look at it with lsblk --fs.`,
    });
  const isSameBoot = ledger.boot === bootId();
  const disk = isSameBoot ? recorded : diskOf(device, id);
  if (disk === undefined)
    throw new BuildError(`The disk of volume ${id} was not found`, {
      hint: `The VM was restarted, and no name in /dev leads from ${device} to a disk.`,
    });
  const attached = { disk, sequence: isSameBoot ? sequence : undefined };
  requireSameDisk(attached);
  return {
    disk: { ...attached, volume: id, device, growth: 'never', fromScratch, claim },
    mounts: mounts.map(({ partition, ...where }) => ({
      ...where,
      number: Number(/\d*$/.exec(partition.slice(recorded.length))?.[0] ?? 0),
    })),
  };
}
