import { BuildError, describe } from '../common/errors.js';
import type { HalfConfig } from '../config/options/table.js';
import { ImageTree } from '../host/image/image-fs.js';
import { releaseOpen } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import { undoAttachment } from '../steps/attach.js';
import { checkTarget } from '../steps/check.js';
import { removeMountPoints, restoreImage } from '../steps/chroot.js';
import { undoDiscarded } from '../steps/discard.js';
import { endUsers, requireMounted, undoMounts } from '../steps/host-mounts.js';
import { undoImage } from '../steps/image.js';
import { fillTexts, labelsOf } from '../steps/labels.js';
import { undoMountPoint } from '../steps/mount-point.js';
import { undoReplaced } from '../steps/replace.js';
import { undoSnapshot } from '../steps/snapshot.js';
import { requireSound } from '../steps/soundness.js';
import { trim } from '../steps/trim.js';
import { requireFinished } from '../steps/verify-released.js';
import { undoVolume } from '../steps/volume.js';
import type { Handover } from './handover.js';
import { type Outcome, publish } from './publish.js';

/** The second half of a build: closes the chroot that `mount` opened, and makes the OMI. */
export async function commitBuild(handover: Handover, config: HalfConfig, tools: Tools): Promise<Outcome> {
  const { context, volume, disk, origin } = handover;
  const image = { ...config.image, ...handover.image, ...config.given };
  // What a commit that was killed has made would stand in the way of this one.
  await releaseOpen('image', undoImage, tools);
  await releaseOpen('replaced', undoReplaced, tools);
  await releaseOpen('discarded', undoDiscarded, tools);
  await releaseOpen('snapshot', undoSnapshot, tools);
  const target = await tools.report.phase('Check', async () => {
    if (context.source === undefined && image.omi_block_device_mappings.length === 0)
      throw new BuildError('omi_block_device_mappings: from scratch the devices of the OMI must be given');
    const texts = { ...handover.texts, ...(await fillTexts(config.given, context, tools)) };
    return await checkTarget(image, context, labelsOf(texts), tools);
  });
  // A commit that failed later than this leaves nothing of it.
  if (tools.ledger.open().some(({ kind }) => kind === 'mounts')) await leave(handover, tools);
  await releaseOpen('directory', undoMountPoint, tools);
  if (tools.ledger.open().some(({ kind }) => kind === 'attachment')) {
    await requireFinished(disk, tools);
    await requireSound(disk, handover.before ?? { damaged: [] }, tools);
    await releaseOpen('attachment', undoAttachment, tools);
  }
  const outcome = await publish(volume, target, image, tools);
  // The OMI is kept: what fails from here on is for post.
  await releaseOpen('volume', undoVolume, tools).catch((error: unknown) =>
    tools.report.warn(describe(error)),
  );
  return { ...outcome, source: origin };
}

/** Ends what uses the chroot, puts back what it was lent, and unmounts it. */
async function leave({ path, disk, mounted, chrootState }: Handover, tools: Tools): Promise<void> {
  requireMounted(path, disk);
  const tree = new ImageTree(path);
  await tools.report.phase('Leave chroot', async () => {
    await endUsers(path, disk.disk, tools);
    await restoreImage({ ...chrootState, tree, disk: disk.disk }, { pid: process.pid, root: path }, tools);
  });
  await trim(tree, { mounted, disk }, tools);
  await removeMountPoints(tree, chrootState, tools);
  await releaseOpen('mounts', undoMounts, tools);
}
