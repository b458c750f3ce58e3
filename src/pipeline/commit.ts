import { BuildError, describe } from '../common/errors.js';
import type { HalfConfig, ImageConfig } from '../config/options/table.js';
import { ImageTree } from '../host/image/image-fs.js';
import type { Kind } from '../ledger/claims.js';
import { PendingError } from '../outscale/calls/late.js';
import { releaseOpen } from '../runtime/resource.js';
import { sbomPath } from '../runtime/sbom-path.js';
import type { Tools } from '../runtime/tools.js';
import { undoAttachment } from '../steps/attach.js';
import type { Target } from '../steps/build-context.js';
import { checkTarget, claimName } from '../steps/check.js';
import { undoDiscarded } from '../steps/discard.js';
import { undoExport } from '../steps/export/export.js';
import { requireMounted, terminateUsers, undoMounts } from '../steps/host-mounts.js';
import { undoImage } from '../steps/image.js';
import { fillTexts, labelsOf } from '../steps/labels.js';
import { undoMountPoint } from '../steps/mount-point.js';
import { undoReplaced } from '../steps/replace.js';
import { undoSnapshot } from '../steps/snapshot.js';
import { requireSound } from '../steps/soundness.js';
import { verifyReleased } from '../steps/verify-released.js';
import { undoVolume } from '../steps/volume.js';
import { checkBootTest, runBootTest } from './boot-test.js';
import { checkExport } from './export.js';
import type { Handover } from './handover.js';
import { closeImage, type Inspection } from './image.js';
import { type Outcome, publish } from './publish.js';
import type { BuildRecord } from './record.js';
import { regionsOf } from './regions/lazy.js';
import { withBootModes } from './source-image.js';

/**
 * The second half of a build: closes the chroot that `mount` opened, and creates the OMI. A commit after one
 * that failed skips the resources that are already released.
 * @param record gets what the manifest says about the build, also if it fails
 */
export async function commitBuild(
  handover: Handover,
  config: HalfConfig,
  tools: Tools,
  record: BuildRecord,
): Promise<Outcome> {
  const { volume, disk } = handover;
  record.source = handover.origin;
  record.sourceImage = handover.context.source?.file;
  const options = { ...config.image, ...handover.image, ...config.given };
  await removeEarlierProducts(tools);
  const target = await tools.report.phase('Check', async () => {
    sbomPath(config.quality.sbom, tools.build);
    await checkBootTest(config.bootTest);
    await checkExport(config, handover.context, tools);
    const wanted = await targetOf(handover, options, config.given, tools);
    return { ...wanted, regions: await regionsOf({ ...config, image: options }, wanted, tools) };
  });
  let { context } = handover;
  const has = (kind: Kind): boolean => tools.ledger.openOf(kind).length > 0;
  if (has('mounts')) await unmount(handover, config.quality, { name: target.labels.name, record }, tools);
  await releaseOpen('directory', undoMountPoint, tools);
  if (has('attachment')) {
    const layout = await verifyReleased(disk, tools);
    await requireSound(disk, layout, handover.before ?? { damaged: [] }, tools);
    context = await withBootModes(layout, context, options, tools);
    await runBootTest(disk, config.bootTest, tools);
    await releaseOpen('attachment', undoAttachment, tools);
  }
  const outcome = await publish(
    undefined,
    volume,
    { ...target, ...context },
    { ...config, image: options },
    tools,
  );
  // The OMI is final. If the volume cannot be deleted now, post deletes it.
  await releaseOpen('volume', undoVolume, tools).catch((error: unknown) =>
    tools.report.warn(describe(error)),
  );
  return outcome;
}

/**
 * Removes what an interrupted commit has created, which would conflict with this one. A CreateImage without a
 * response can no longer be carried out when its snapshot is deleted.
 */
async function removeEarlierProducts(tools: Tools): Promise<void> {
  // A snapshot cannot be deleted while it is exported.
  await releaseOpen('export', undoExport, tools);
  const isPending = await releaseOpen('image', undoImage, tools).then(
    () => false,
    (error: unknown) => {
      if (!(error instanceof PendingError)) throw error;
      return true;
    },
  );
  if (isPending) {
    await releaseOpen('snapshot', undoSnapshot, tools);
    await releaseOpen('image', undoImage, tools);
  }
  await releaseOpen('replaced', undoReplaced, tools);
  await releaseOpen('discarded', undoDiscarded, tools);
  await releaseOpen('snapshot', undoSnapshot, tools);
}

/** The OMI to create, by the options of `mount` and `commit`; those of `commit` take precedence. */
async function targetOf(
  { context, texts: earlier }: Handover,
  options: ImageConfig,
  given: HalfConfig['given'],
  tools: Tools,
): Promise<Target> {
  if (context.source === undefined && options.omi_block_device_mappings.length === 0)
    throw new BuildError('omi_block_device_mappings: required when building from scratch', {
      hint: 'Set the block devices of the OMI.',
    });
  const texts = { ...earlier, ...(await fillTexts(given, context, tools)) };
  const target = await checkTarget(options, context, labelsOf(texts), tools);
  await claimName(target, options, tools);
  return target;
}

/** Closes the image and unmounts it. */
async function unmount(
  handover: Handover,
  quality: HalfConfig['quality'],
  subject: Pick<Inspection, 'name' | 'record'>,
  tools: Tools,
): Promise<void> {
  const { path, disk, mounted, chrootState, content: before } = handover;
  requireMounted(path, disk);
  const location = { pid: process.pid, root: path };
  const image = { ...chrootState, tree: new ImageTree(path), location, disk, mounted };
  const end = async (): Promise<void> => await terminateUsers(path, disk.disk, tools);
  await closeImage(image, { before, quality, ...subject }, end, tools);
  await releaseOpen('mounts', undoMounts, tools);
}
