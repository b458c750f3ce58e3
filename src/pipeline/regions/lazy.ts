import type { Tools } from '../../runtime/tools.js';
import type { RegionalTarget, Target } from '../../steps/build-context.js';
import type { BuildSnapshot } from '../../steps/snapshot.js';
import type { BuildVolume } from '../../steps/volume.js';
import type { ProductConfig } from '../export.js';
import type { Copies } from './copy.js';

/**
 * Checks the regions to copy to. Only builds with `omi_regions` load the code.
 * @throws as checkRegions
 */
export async function regionsOf(
  config: ProductConfig,
  target: Target,
  tools: Tools,
): Promise<readonly RegionalTarget[]> {
  if (config.copies.omi_regions.length === 0) return [];
  const { checkRegions } = await import(/* webpackMode: "eager" */ './check.js');
  return await checkRegions(config, target, tools);
}

/** Copies to the regions of a target, if it has any; loaded in the same way. @throws as copyToRegions */
export async function copyIfWanted(
  snapshot: Pick<BuildSnapshot, 'id'>,
  volume: BuildVolume,
  target: Target,
  config: ProductConfig,
  tools: Tools,
): Promise<Copies | undefined> {
  const { regions = [] } = target;
  if (regions.length === 0) return undefined;
  const { copyToRegions } = await import(/* webpackMode: "eager" */ './copy.js');
  return await copyToRegions(snapshot, volume, { ...target, regions }, config, tools);
}
