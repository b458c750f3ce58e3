import type { BuildConfig } from '../config/options/table.js';
import type { DiskLayout } from '../host/disk/partitions.js';
import type { RawImage } from '../host/source-image/raw-image.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from '../steps/attach.js';
import { type BuildContext, withSize } from '../steps/build-context.js';
import type { PreparedChroot } from '../steps/chroot.js';
import type * as facts from '../steps/source-image/facts.js';
import type * as fetch from '../steps/source-image/fetch.js';
import type * as write from '../steps/source-image/write.js';

// Loaded only by builds from an image.
const fetching = async (): Promise<typeof fetch> =>
  await import(/* webpackMode: "eager" */ '../steps/source-image/fetch.js');
const writing = async (): Promise<typeof write> =>
  await import(/* webpackMode: "eager" */ '../steps/source-image/write.js');
const inspecting = async (): Promise<typeof facts> =>
  await import(/* webpackMode: "eager" */ '../steps/source-image/facts.js');

type Config = Pick<BuildConfig, 'source' | 'volume'>;

/** Checks what a build from an image needs. Does nothing for other builds. @throws as the step does */
export async function checkSourceImage(config: Config, tools: Tools): Promise<void> {
  if (config.source.source_image !== undefined) await (await fetching()).checkImage(config.source, tools);
}

/** The image of `source_image`, open until the end of the block. */
interface OpenImage<P> extends Disposable {
  /** What was known before, with the size of the image. */
  readonly prepared: P;
  /** Writes the image to the disk of the build. */
  readonly writeTo: (disk: AttachedDisk) => Promise<void>;
}

/** Fetches and opens the image of a build. For other builds it does nothing. @throws as the step does */
export async function openSourceImage<P extends { readonly context: BuildContext }>(
  prepared: P,
  config: Config,
  tools: Tools,
): Promise<OpenImage<P>> {
  const file = prepared.context.source?.file;
  if (file === undefined) return { prepared, writeTo: async () => {}, [Symbol.dispose]: () => {} };
  let image: RawImage | undefined = await (await fetching()).fetchImage(config, file.sha256, tools);
  const close = (): void => {
    image?.[Symbol.dispose]();
    image = undefined;
  };
  return {
    prepared: { ...prepared, context: withSize(prepared.context, image.size, config.volume) },
    writeTo: async (disk) => {
      if (image !== undefined) await (await writing()).writeImage(image, disk, tools);
      // An unpacked image takes space until it is closed.
      close();
    },
    [Symbol.dispose]: close,
  };
}

/** The context with the architecture of the image; that of other builds is known. @throws as the step does */
export const withArchitecture = async (
  { tree }: Pick<PreparedChroot, 'tree'>,
  context: BuildContext,
  tools: Tools,
): Promise<BuildContext> =>
  context.source?.file === undefined ? context : (await inspecting()).withArchitecture(tree, context, tools);

/** The context with the boot modes of the disk; those of other builds are known. */
export const withBootModes = async (
  layout: DiskLayout,
  context: BuildContext,
  config: Parameters<typeof facts.withBootModes>[2],
  tools: Tools,
): Promise<BuildContext> =>
  context.source?.file === undefined
    ? context
    : (await inspecting()).withBootModes(layout, context, config, tools);
