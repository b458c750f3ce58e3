import type { BuildConfig } from '../config/options/table.js';
import type { VmFacts } from '../host/vm.js';
import type { Tools } from '../runtime/tools.js';
import { attachVolume } from '../steps/attach.js';
import { checkTarget } from '../steps/check.js';
import { enterChroot, leaveChroot, prepareChroot, removeMountPoints } from '../steps/chroot.js';
import { runPostMountCommands, runPreMountCommands } from '../steps/commands.js';
import { fillTexts, labelsOf } from '../steps/labels.js';
import { makeMountPoint } from '../steps/mount-point.js';
import { provision } from '../steps/provision.js';
import { mountRoot } from '../steps/root.js';
import { openSandbox } from '../steps/sandbox.js';
import { readScripts } from '../steps/scripts.js';
import { watchNetwork } from '../steps/shared-state.js';
import { readSourceState, requireSound } from '../steps/soundness.js';
import { trim } from '../steps/trim.js';
import { requireFinished } from '../steps/verify-released.js';
import { createVolume } from '../steps/volume.js';
import { prepare } from './prepare.js';
import { type Outcome, publish } from './publish.js';

/**
 * The whole build. A thing lives as long as its block: at the closing brace it is put away, the last made first,
 * whatever happened inside. Only what `keep` names is left.
 */
export async function build(config: BuildConfig, vm: VmFacts, tools: Tools): Promise<Outcome> {
  const works = readScripts(config.provision, tools.build.workspace);
  const { context, target, filesToInject, volumeTags, origin } = await prepare(
    config,
    vm,
    async (found) => {
      const labels = labelsOf(await fillTexts(config.image, found, tools));
      return { target: await checkTarget(config.image, found, labels, tools) };
    },
    tools,
  );
  await using volume = await createVolume(context, config.volume, volumeTags, tools);
  {
    await using disk = await attachVolume(volume.value, context, config.mount, tools);
    const before = await readSourceState(disk.value, tools);
    await using mountPoint = await makeMountPoint(disk.value, config.mount, tools);
    {
      await using _network = await watchNetwork(tools);
      await using sandbox = await openSandbox(tools);
      await runPreMountCommands(sandbox.value, disk.value, config, tools);
      const root = await mountRoot(sandbox.value, disk.value, mountPoint.value, config.mount, tools);
      await runPostMountCommands(root, config, tools);
      const chrootState = await prepareChroot(root, filesToInject, config, tools);
      const chroot = await enterChroot(sandbox.value, root.path, chrootState, tools);
      await provision(chroot, works, tools);
      await leaveChroot(chroot, tools);
      await trim(chroot.tree, root, tools);
      await removeMountPoints(chroot.tree, chroot, tools);
    } // every process and every mount of the build ends here
    await tools.report.phase('Unmount', async () => {
      await requireFinished(disk.value, tools);
      await requireSound(disk.value, before, tools);
    });
  } // detached
  return { ...(await publish(volume.value, { ...target, ...context }, config.image, tools)), source: origin };
}
