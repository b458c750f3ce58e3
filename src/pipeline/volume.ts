import type { BuildConfig, ImageConfig } from '../config/options/table.js';
import type { Resource } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import { type BuildContext, contextOf } from '../steps/build-context.js';
import { requireKeepable } from '../steps/products/keep-volume.js';
import { sourceOf } from '../steps/source.js';
import { type BuildVolume, createVolume } from '../steps/volume.js';
import { copyIfRefused } from './copied-source.js';
import type { Prepared } from './prepare.js';

/** The volume, and what it was created from. */
export interface PreparedVolume {
  readonly volume: Resource<BuildVolume>;
  /** Its source is the copy, if the API refused a volume from the source of another account. */
  readonly context: BuildContext;
}

/** Creates the volume, from a copy if the API refuses one from the source of another account. */
export async function createVolumeFrom(
  { context, volumeTags }: Pick<Prepared, 'context' | 'volumeTags'>,
  { volume: config, image }: Pick<BuildConfig, 'volume'> & { readonly image: ImageConfig },
  tools: Tools,
): Promise<PreparedVolume> {
  let used = context;
  const volume = await createVolume(context, config, volumeTags, tools, async (error) => {
    const copy = await copyIfRefused(error, context, tools);
    if (copy !== undefined) used = contextOf(sourceOf(copy), context, config);
    return copy === undefined ? undefined : used;
  });
  if (image.keep_volume !== false) await requireKeepable(volume);
  return { volume, context: used };
}
