import type { HalfConfig } from '../config/options/table.js';
import type { VmFacts } from '../host/vm.js';
import type { Owner } from '../ledger/lines.js';
import type { Tools } from '../runtime/tools.js';
import { attachVolume } from '../steps/attach.js';
import { checkTarget } from '../steps/check.js';
import { prepareChroot } from '../steps/chroot.js';
import { runPostMountCommands, runPreMountCommands } from '../steps/commands.js';
import { openMounts } from '../steps/host-mounts.js';
import { openHostSandbox } from '../steps/host-sandbox.js';
import { fillTexts, labelsOf } from '../steps/labels.js';
import { makeMountPoint, warnIfOpen } from '../steps/mount-point.js';
import { mountRoot } from '../steps/root.js';
import { readSourceState } from '../steps/soundness.js';
import { createVolume } from '../steps/volume.js';
import { type Handover, storedHandover } from './handover.js';
import { prepare } from './prepare.js';

/**
 * The first half of a build, up to a chroot that the VM sees. At the end it is handed over: from then on closing
 * braces put nothing away.
 */
export async function mountBuild(
  config: HalfConfig,
  vm: VmFacts,
  owner: Owner,
  tools: Tools,
): Promise<Handover> {
  const prepared = await prepare(
    config,
    vm,
    async (found) => {
      const texts = await fillTexts(config.given, found, tools);
      if (texts.name === undefined) return { texts };
      return { texts, target: await checkTarget(config.image, found, labelsOf(texts), tools) };
    },
    tools,
  );
  const { context, filesToInject, volumeTags, origin, texts } = prepared;
  await using volume = await createVolume(context, config.volume, volumeTags, tools);
  await using disk = await attachVolume(volume.value, context, config.mount, tools);
  const before = await readSourceState(disk.value, tools);
  await using mountPoint = await makeMountPoint(disk.value, config.mount, tools);
  const path = mountPoint.value;
  warnIfOpen(path, tools);
  await using _mounts = await openMounts(path, disk.value, tools);
  const { mounted, chrootState } = await (async () => {
    await using sandbox = await openHostSandbox(tools);
    await runPreMountCommands(sandbox.value, disk.value, config, tools);
    const root = await mountRoot(sandbox.value, disk.value, path, config.mount, tools);
    await runPostMountCommands(root, config, tools);
    return { mounted: root.mounted, chrootState: await prepareChroot(root, filesToInject, config, tools) };
  })();
  const handover: Handover = {
    startedAt: tools.build.startedAt.toISOString(),
    context,
    origin,
    volume: volume.value,
    disk: disk.value,
    before,
    path,
    mounted,
    chrootState,
    texts,
    image: config.given,
    limits: config.limits,
  };
  tools.ledger.handOver(owner, storedHandover(handover));
  return handover;
}
