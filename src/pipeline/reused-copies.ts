import type { BuildConfig } from '../config/options/table.js';
import type { Image } from '../outscale/api.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext } from '../steps/build-context.js';
import { findExported } from '../steps/reuse/exported.js';
import type { FoundImage } from '../steps/reuse/found.js';
import type { WantedImage } from '../steps/reuse/wanted.js';
import type { TemplateData } from '../template/types.js';
import { storageOf } from './export.js';
import type { RegionalImage } from './regions/one-region.js';

/** The copies of an OMI that a build asks for. */
export async function copiesOf(
  image: Image,
  wanted: WantedImage,
  config: BuildConfig,
  { context, data }: { readonly context: Pick<BuildContext, 'vm'>; readonly data: TemplateData },
  tools: Tools,
): ReturnType<WantedImage['copiesOf']> {
  const { export: exported, omi_regions: regions } = config.copies;
  const outputs =
    exported === undefined ? [] : await findExported(image, exported, storageOf(config, context), tools);
  if (typeof outputs === 'string') return outputs;
  const others = regions.filter(({ region }) => region !== context.vm.region);
  if (others.length === 0) return { outputs, regions: [] };
  const { findInRegions } = await import(/* webpackMode: "eager" */ './regions/find.js');
  const found = await findInRegions(wanted, others, data, tools);
  return typeof found === 'string' ? found : { outputs, regions: found };
}

/** The OMI in other regions, as those that a build creates. */
export const copiedTo = ({ copies }: FoundImage): RegionalImage[] =>
  copies.regions.map(({ elsewhere, image: { id, name, snapshot } }) => ({
    elsewhere,
    id,
    name,
    snapshots: [snapshot.id],
  }));
