import type { BuildConfig } from './config/table.js';
import type { VmFacts } from './host/vm.js';
import { attachVolume } from './steps/attach.js';
import { check } from './steps/check.js';
import { enterChroot, leaveChroot } from './steps/chroot.js';
import { requireFinished } from './steps/close.js';
import { runPostMountCommands, runPreMountCommands } from './steps/commands.js';
import { type BuildImage, registerImage } from './steps/image.js';
import { mountRoot } from './steps/mount.js';
import { makeMountPoint } from './steps/mount-point.js';
import { provision } from './steps/provision.js';
import { openRoom } from './steps/room.js';
import { type BuildSnapshot, takeSnapshot } from './steps/snapshot.js';
import { trim } from './steps/trim.js';
import { type BuildVolume, createVolume } from './steps/volume.js';
import type { Tools } from './tools.js';

/** What a build leaves, and what it came from. */
export interface Outcome {
  readonly image: BuildImage;
  readonly snapshot: BuildSnapshot;
  readonly volume: BuildVolume;
  readonly source: { readonly id: string; readonly name?: string };
}

/**
 * The whole build. A thing lives as long as its block: at the closing brace it is put away, the last made first,
 * whatever happened inside. Only what `keep` names is left.
 */
export async function build(config: BuildConfig, vm: VmFacts, tools: Tools): Promise<Outcome> {
  const ground = await check(config, vm, tools);
  await using volume = await createVolume(ground, config.volume, tools);
  {
    await using disk = await attachVolume(volume.made, ground, config, tools);
    await using mountPoint = await makeMountPoint(disk.made, config.mount, tools);
    {
      await using room = await openRoom(tools);
      await runPreMountCommands(room.made, disk.made, config, tools);
      const root = await mountRoot(room.made, disk.made, mountPoint.made, config.mount, tools);
      await runPostMountCommands(root, config, tools);
      const chroot = await enterChroot(root, config, tools);
      await provision(chroot, config.provision, tools);
      await leaveChroot(chroot, tools);
      await trim(root, tools);
    } // every process and every mount of the build ends here
    await requireFinished(disk.made, tools);
  } // detached
  await using snapshot = await takeSnapshot(volume.made, ground, config.image, tools);
  await using image = await registerImage(snapshot.made, volume.made, ground, config.image, tools);
  tools.ledger.keep([snapshot.claim, image.claim]);
  return {
    image: image.made,
    snapshot: snapshot.made,
    volume: volume.made,
    source: ground.source.origin,
  };
}
