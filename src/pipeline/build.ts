import { layoutOf } from '../host/disk/partitions.js';
import type { VmFacts } from '../host/vm.js';
import type { Tools } from '../runtime/tools.js';
import { attachVolume } from '../steps/attach.js';
import { originOf } from '../steps/build-context.js';
import { endProcesses, enterChroot } from '../steps/chroot.js';
import { createMountPoint } from '../steps/mount-point.js';
import { provision } from '../steps/provision.js';
import { openSandbox, startSandbox, watchNetwork } from '../steps/sandbox.js';
import { readSourceState, requireSound } from '../steps/soundness.js';
import { verifyReleased } from '../steps/verify-released.js';
import { runBootTest } from './boot-test.js';
import { cacheOf } from './cache.js';
import { earlySnapshot } from './early-snapshot.js';
import { closeImage, inspection, openImage } from './image.js';
import { prepare } from './prepare.js';
import { type Outcome, publish } from './publish.js';
import type { BuildRecord } from './record.js';
import { digestedTasks, recordedTasks } from './recorded-tasks.js';
import { openSourceImage, withArchitecture, withBootModes } from './source-image.js';
import { type BuildInput, tasksOf } from './tasks.js';
import { lookForUnchanged } from './unchanged.js';
import { createVolumeFrom } from './volume.js';

/**
 * Builds an OMI from start to end. A resource lives as long as its block: the closing brace releases it, the
 * last one created first, even after an error. Only the resources that `finalize` names stay.
 * @param record gets what the manifest says about the build, also if it fails
 */
export async function build(
  config: BuildInput,
  vm: VmFacts,
  tools: Tools,
  record: BuildRecord,
): Promise<Outcome> {
  const tasks = tasksOf(config, tools.report);
  record.provisioning = recordedTasks(tasks);
  using unchanged = await lookForUnchanged(config, tasks, vm, tools);
  if (unchanged.outcome !== undefined) {
    record.source = originOf(unchanged.resolved?.context);
    record.sourceImage = unchanged.resolved?.context.source?.file;
    return unchanged.outcome;
  }
  const checked = await prepare(config, vm, tools, unchanged.resolved);
  record.source = checked.origin;
  record.sourceImage = checked.context.source?.file;
  using sourceImage = await openSourceImage(checked, config, tools);
  const { prepared } = sourceImage;
  const { files } = prepared;
  using cache = await cacheOf(config.provision, prepared.context, tools);
  const created = await createVolumeFrom(prepared, config, tools);
  await using volume = created.volume;
  let { context } = created;
  const target = { ...prepared.target, ...context };
  await using snapshot = earlySnapshot(tools);
  {
    await using namespaces = startSandbox(tools);
    await using _network = await watchNetwork(tools);
    await using disk = await attachVolume(volume.value, context, config.mount, tools);
    await sourceImage.writeTo(disk.value);
    const layout = await layoutOf(disk.value.disk, tools.signal);
    const before = await readSourceState(layout, tools);
    await using mountPoint = await createMountPoint(disk.value, config.mount, tools);
    {
      await using sandbox = await openSandbox(namespaces, tools);
      const attached = { disk: disk.value, layout };
      const image = await openImage(sandbox.value, attached, mountPoint.value, files, config, tools);
      const entered = await enterChroot(sandbox.value, image, tools);
      context = await withArchitecture(entered, context, tools);
      const { inspectSource } = await inspection();
      const source = await inspectSource(entered, config.quality.lint, tools);
      const chroot = await cache.mount(entered);
      await provision(chroot, tasks, tools);
      record.provisioning = await digestedTasks(tasks, tools.build.workspace, tools.signal);
      await closeImage(
        chroot,
        { before: source, quality: config.quality, name: target.labels.name, record },
        async () => await endProcesses(chroot, tools),
        tools,
      );
    } // every process and mount of the build has ended
    const released = await tools.report.phase('Unmount', async () => {
      const found = await verifyReleased(disk.value, tools);
      await requireSound(disk.value, found, before, tools);
      return found;
    });
    context = await withBootModes(released, context, config.image, tools);
    await runBootTest(disk.value, config.bootTest, tools);
    await snapshot.take(disk.value, volume.value, target, config.image);
  } // detached
  const digest = await unchanged.digest();
  const outcome = await publish(
    snapshot.handOver(),
    volume.value,
    { ...target, ...context, digest },
    config,
    tools,
  );
  await cache.save();
  return outcome;
}
