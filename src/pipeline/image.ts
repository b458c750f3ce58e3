import type { BuildConfig } from '../config/options/table.js';
import type { DiskLayout } from '../host/disk/partitions.js';
import type { FileToInject } from '../host/image/injected-files.js';
import type { Sandbox } from '../host/sandbox/sandbox.js';
import { sbomPath } from '../runtime/sbom-path.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from '../steps/attach.js';
import { type PreparedChroot, prepareChroot, removeMountPoints, restoreImage } from '../steps/chroot.js';
import { runPostMountCommands, runPreMountCommands } from '../steps/commands.js';
import type * as inspect from '../steps/quality/inspect.js';
import { mountRoot } from '../steps/root.js';
import { trim } from '../steps/trim.js';
import type { BuildRecord } from './record.js';

/** What inspects images. It is loaded once an image is mounted, so that the start of a build stays quick. */
export const inspection = async (): Promise<typeof inspect> =>
  await import(/* webpackMode: "eager" */ '../steps/quality/inspect.js');

/**
 * Mounts the image at `path`, runs the commands before and after that, and prepares the image for scripts.
 * @param layout of the disk, which nothing has changed since
 */
export async function openImage(
  sandbox: Sandbox,
  { disk, layout }: { readonly disk: AttachedDisk; readonly layout: DiskLayout },
  path: string,
  files: readonly FileToInject[],
  config: Pick<BuildConfig, 'source' | 'mount' | 'provision'>,
  tools: Tools,
): Promise<PreparedChroot> {
  const current = await runPreMountCommands(sandbox, disk, layout, config, tools);
  const root = await mountRoot(sandbox, disk, path, { config: config.mount, layout: current }, tools);
  const prepared = await runPostMountCommands(root, config, tools);
  return await prepareChroot(prepared, files, config, tools);
}

/** How to inspect an image when its provisioning has ended. */
export interface Inspection {
  /** The state of the image before its provisioning. */
  readonly before: inspect.SourceContent | undefined;
  readonly quality: BuildConfig['quality'];
  /** The name of the OMI. */
  readonly name: string;
  /** Gets what is found. */
  readonly record: BuildRecord;
}

/**
 * Reverts every temporary change to the image, inspects it, and discards its free space. The mounts end with
 * the sandbox.
 * @param endProcesses ends every process that uses the image
 */
export async function closeImage(
  image: Omit<PreparedChroot, 'scratch' | 'sourcePartitions'>,
  { before, quality, name, record }: Inspection,
  endProcesses: () => Promise<void>,
  tools: Tools,
): Promise<void> {
  await tools.report.phase('Leave chroot', async () => {
    await endProcesses();
    await restoreImage(image, tools);
    tools.report.result('closed');
  });
  if (quality.seal.length > 0) {
    const { seal } = await import(/* webpackMode: "eager" */ '../steps/quality/seal.js');
    await seal(image, quality.seal, tools);
  }
  const { inspectImage } = await inspection();
  const { inventory } = await inspectImage(image, before, quality, tools, (content) => {
    record.content = content;
  });
  const path = sbomPath(quality.sbom, tools.build);
  if (path !== undefined) {
    const { writeSbom } = await import(/* webpackMode: "eager" */ '../steps/quality/sbom.js');
    record.sbom = await writeSbom(image, inventory, { path, name, origin: record.source }, tools);
  }
  await trim(image, tools);
  await removeMountPoints(image, tools);
}
