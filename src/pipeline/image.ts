import type { BuildConfig } from '../config/options/table.js';
import type { FileToInject } from '../host/image/injected-files.js';
import type { Sandbox } from '../host/sandbox/sandbox.js';
import { sbomPath } from '../runtime/sbom-path.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from '../steps/attach.js';
import { type PreparedChroot, prepareChroot, removeMountPoints, restoreImage } from '../steps/chroot.js';
import { runPostMountCommands, runPreMountCommands } from '../steps/commands.js';
import type * as inspect from '../steps/quality/inspect.js';
import type { WrittenSbom } from '../steps/quality/sbom.js';
import { mountRoot } from '../steps/root.js';
import type { Source } from '../steps/source.js';
import { trim } from '../steps/trim.js';

/** What inspects images. It is loaded once an image is mounted, so that the start of a build stays quick. */
export const inspection = async (): Promise<typeof inspect> =>
  await import(/* webpackMode: "eager" */ '../steps/quality/inspect.js');

/**
 * Mounts the image at `path`, runs the commands before and after that, and prepares the image for scripts.
 */
export async function openImage(
  sandbox: Sandbox,
  disk: AttachedDisk,
  path: string,
  files: readonly FileToInject[],
  config: Pick<BuildConfig, 'source' | 'mount' | 'provision'>,
  tools: Tools,
): Promise<PreparedChroot> {
  await runPreMountCommands(sandbox, disk, config, tools);
  const root = await mountRoot(sandbox, disk, path, config.mount, tools);
  await runPostMountCommands(root, config, tools);
  return await prepareChroot(root, files, config, tools);
}

/** What is known about the content of a new image. */
export interface ImageContent extends inspect.ImageContent {
  /** Undefined if `sbom` is off. */
  readonly sbom: WrittenSbom | undefined;
}

/** How to inspect an image when its provisioning has ended. */
export interface Inspection {
  /** The state of the image before its provisioning. */
  readonly before: inspect.SourceContent | undefined;
  readonly quality: BuildConfig['quality'];
  /** The name of the OMI. */
  readonly name: string;
  /** The source that the user named; undefined from scratch. */
  readonly origin: Source['origin'] | undefined;
}

/**
 * Reverts every temporary change to the image, inspects it, and discards its free space. The mounts end with
 * the sandbox.
 * @param endProcesses ends every process that uses the image
 */
export async function closeImage(
  image: Omit<PreparedChroot, 'scratch'>,
  { before, quality, ...subject }: Inspection,
  endProcesses: () => Promise<void>,
  tools: Tools,
): Promise<ImageContent> {
  await tools.report.phase('Leave chroot', async () => {
    await endProcesses();
    await restoreImage(image, tools);
  });
  if (quality.seal.length > 0) {
    const { seal } = await import(/* webpackMode: "eager" */ '../steps/quality/seal.js');
    await seal(image, quality.seal, tools);
  }
  const { inspectImage } = await inspection();
  const content = await inspectImage(image, before, quality, tools);
  const path = sbomPath(quality.sbom, tools.build);
  let sbom: WrittenSbom | undefined;
  if (path !== undefined) {
    const { writeSbom } = await import(/* webpackMode: "eager" */ '../steps/quality/sbom.js');
    sbom = await writeSbom(image, content.inventory, { ...subject, path }, tools);
  }
  await trim(image, tools);
  await removeMountPoints(image, tools);
  return { ...content, sbom };
}
