import { describe } from '../../common/errors.js';
import { requireSameDisk } from '../../host/disk/find-disk.js';
import { unlinkVolume } from '../../outscale/calls/volume-links.js';
import { isTransient } from '../../outscale/errors.js';
import type { Tools } from '../../runtime/tools.js';
import type { AttachedDisk } from '../attach.js';

/**
 * Requests to detach a frozen disk, while its snapshot is taken. The exclusive hold is the kernel's answer
 * that nothing of the disk is mounted; the undo of the attachment waits for the end.
 * @returns why the request failed, if a later one can succeed
 */
export async function requestDetach(
  { volume, disk, sequence, claim }: AttachedDisk,
  tools: Tools,
): Promise<string | undefined> {
  requireSameDisk({ disk, sequence });
  try {
    const { isAccepted, refusal } = await unlinkVolume(tools.cloud, volume);
    if (isAccepted) tools.ledger.update(claim, { unlinked: true });
    return refusal;
  } catch (error) {
    // The image is complete: an overloaded API does not fail the build.
    tools.signal.throwIfAborted();
    if (!isTransient(error)) throw error;
    return describe(error);
  }
}
