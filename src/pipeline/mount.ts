import type { HalfConfig } from '../config/options/table.js';
import { layoutOf } from '../host/disk/partitions.js';
import type { VmFacts } from '../host/vm.js';
import type { Owner } from '../ledger/lines.js';
import type { Tools } from '../runtime/tools.js';
import { attachVolume } from '../steps/attach.js';
import type { PreparedChroot } from '../steps/chroot.js';
import { openMounts } from '../steps/host-mounts.js';
import { createMountPoint, warnIfOpen } from '../steps/mount-point.js';
import type { SourceContent } from '../steps/quality/inspect.js';
import { openHostSandbox } from '../steps/sandbox.js';
import { readSourceState } from '../steps/soundness.js';
import { type Handover, storedHandover } from './handover.js';
import { inspection, openImage } from './image.js';
import { prepare } from './prepare.js';
import { recordedOptions } from './recorded-options.js';
import { openSourceImage, withArchitecture, withBootModes } from './source-image.js';
import { createVolumeFrom } from './volume.js';

/**
 * The first half of a build, up to a chroot that is visible on the VM. Its last act hands the build over:
 * from then on closing braces release nothing.
 */
export async function mountBuild(
  config: HalfConfig,
  vm: VmFacts,
  owner: Owner,
  tools: Tools,
): Promise<Handover> {
  const checked = await prepare(config, vm, tools);
  const { texts, files, origin } = checked;
  using sourceImage = await openSourceImage(checked, config, tools);
  const created = await createVolumeFrom(sourceImage.prepared, config, tools);
  await using volume = created.volume;
  let { context } = created;
  await using disk = await attachVolume(volume.value, context, config.mount, tools);
  await sourceImage.writeTo(disk.value);
  const layout = await layoutOf(disk.value.disk, tools.signal);
  context = await withBootModes(layout, context, config.image, tools);
  const before = await readSourceState(layout, tools);
  await using mountPoint = await createMountPoint(disk.value, config.mount, tools);
  const path = mountPoint.value;
  warnIfOpen(path, tools);
  await using _mounts = await openMounts(path, disk.value, tools);
  const { image, content } = await (async (): Promise<{ image: PreparedChroot; content: SourceContent }> => {
    await using sandbox = await openHostSandbox(tools);
    const attached = { disk: disk.value, layout };
    const opened = await openImage(sandbox.value, attached, path, files, config, tools);
    context = await withArchitecture(opened, context, tools);
    const { inspectSource } = await inspection();
    return { image: opened, content: await inspectSource(opened, 'warn', tools) };
  })();
  const handover: Handover = {
    startedAt: tools.build.startedAt.toISOString(),
    context,
    origin,
    volume: volume.value,
    disk: disk.value,
    before,
    path,
    mounted: image.mounted,
    chrootState: image,
    content,
    texts,
    image: config.given,
    limits: config.limits,
    options: recordedOptions(config.source, config.volume, config.mount, config.provision),
  };
  tools.ledger.handOver(owner, storedHandover(handover));
  return handover;
}
