import type { BuildConfig } from './config/table.js';
import type { VmFacts } from './host/vm.js';
import { attachVolume } from './steps/attach.js';
import { check, signIn, standOn } from './steps/check.js';
import { enterChroot, leaveChroot } from './steps/chroot.js';
import { requireFinished } from './steps/close.js';
import { runPostMountCommands, runPreMountCommands } from './steps/commands.js';
import { copyIfForeign } from './steps/copy-source.js';
import { discardSnapshots } from './steps/discard.js';
import { type BuildImage, registerImage, undoImage } from './steps/image.js';
import { fillLabels } from './steps/labels.js';
import { mountRoot } from './steps/mount.js';
import { makeMountPoint } from './steps/mount-point.js';
import { provision } from './steps/provision.js';
import { removeReplaced } from './steps/replace.js';
import { requireRights } from './steps/rights.js';
import { openRoom } from './steps/room.js';
import { finishImage } from './steps/share.js';
import { type BuildSnapshot, takeSnapshot } from './steps/snapshot.js';
import { findSource, sourceOf } from './steps/source.js';
import { trim } from './steps/trim.js';
import { type BuildVolume, createVolume } from './steps/volume.js';
import type { Tools } from './tools.js';

/** What a build leaves, and what it came from. */
export interface Outcome {
  /** None where only the snapshot was asked for. */
  readonly image: BuildImage | undefined;
  readonly snapshot: BuildSnapshot;
  readonly volume: BuildVolume;
  /** None from scratch. */
  readonly source: { readonly id: string; readonly name?: string } | undefined;
}

/**
 * The whole build. A thing lives as long as its block: at the closing brace it is put away, the last made first,
 * whatever happened inside. Only what `keep` names is left.
 */
export async function build(config: BuildConfig, vm: VmFacts, tools: Tools): Promise<Outcome> {
  const ground = await tools.report.phase('Check', async () => {
    const account = await signIn(tools);
    const source = await findSource(config.source, account, tools);
    const labels = await fillLabels(config, source, vm.region, tools);
    return await check(config, { account, vm }, source, labels, tools);
  });
  const copy = await copyIfForeign(ground, tools);
  const stand = copy === undefined ? ground : standOn(sourceOf(copy), ground, config);
  if (!config.image.skip_create_omi) await requireRights(stand, undoImage, tools);
  await using volume = await createVolume(stand, tools);
  {
    await using disk = await attachVolume(volume.made, stand, config.mount, tools);
    await using mountPoint = await makeMountPoint(disk.made, config.mount, tools);
    {
      await using room = await openRoom(tools);
      await runPreMountCommands(room.made, disk.made, config, tools);
      const root = await mountRoot(room.made, disk.made, mountPoint.made, config.mount, tools);
      await runPostMountCommands(root, config, tools);
      const chroot = await enterChroot(root, stand, config, tools);
      await provision(chroot, config.provision, tools);
      await leaveChroot(chroot, tools);
      await trim(root, tools);
    } // every process and every mount of the build ends here
    await requireFinished(disk.made, tools);
  } // detached
  await using snapshot = await takeSnapshot(volume.made, stand, config.image, tools);
  const made = { snapshot: snapshot.made, volume: volume.made, source: ground.source?.origin };
  if (config.image.skip_create_omi) {
    tools.ledger.keep([snapshot.claim]);
    return { ...made, image: undefined };
  }
  await using _discarded = await discardSnapshots(stand, config.image.force_delete_snapshot, tools);
  await using replaced = await removeReplaced(stand, tools);
  await using image = await registerImage(snapshot.made, volume.made, stand, config.image, tools);
  await finishImage(image.made, stand, config.image, tools);
  tools.ledger.keep([snapshot.claim, image.claim, ...(replaced === undefined ? [] : [replaced.claim])]);
  return { ...made, image: image.made };
}
