import { BuildError } from '../../common/errors.js';
import { registersImage } from '../../runtime/registers-image.js';
import type { Tools } from '../../runtime/tools.js';
import type { RegionalTarget, Target } from '../../steps/build-context.js';
import { findReplaced } from '../../steps/check.js';
import { requireBucket } from '../../steps/export/check.js';
import { fillTexts } from '../../steps/labels.js';
import { type ProductConfig, storageOf } from '../export.js';

type Entry = ProductConfig['copies']['omi_regions'][number];

/**
 * Checks the regions of `omi_regions` other than that of the VM, and the bucket on the way to them: the keys,
 * and that the name of the OMI is free there. Creates nothing.
 * @throws BuildError for the first problem; ApiError if an API refuses a call
 */
export async function checkRegions(
  config: ProductConfig,
  target: Target,
  tools: Tools,
): Promise<readonly RegionalTarget[]> {
  const { export_bucket: bucket, omi_regions: all } = config.copies;
  const others = all.filter(({ region }) => region !== target.vm.region);
  if (others.length === 0) return [];
  // Commit may have got the option from mount.
  if (!registersImage(config.image))
    throw new BuildError('omi_regions: is set, and the build creates no OMI', {
      hint: 'Remove omi_regions, or skip_create_omi and keep_volume: only.',
    });
  if (bucket === undefined)
    throw new BuildError('omi_regions: needs export_bucket', {
      hint: `Set it to a bucket in ${target.vm.region}.`,
    });
  await requireBucket('export_bucket', { endpoint: storageOf(config, target), bucket }, tools);
  const regions: RegionalTarget[] = [];
  // One after the other: after four refused signatures the API locks the access key.
  for (const one of others) {
    try {
      regions.push(await checkRegion(one, config, target, tools));
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      throw new BuildError(`omi_regions, ${one.region}`, { cause: error });
    }
  }
  return regions;
}

async function checkRegion(
  { region, name: template }: Entry,
  { image }: ProductConfig,
  target: Target,
  tools: Tools,
): Promise<RegionalTarget> {
  const elsewhere = await tools.findRegion(region);
  const there = await tools.inRegion(elsewhere);
  const { name = target.labels.name } =
    template === undefined ? {} : await fillTexts({ omi_name: template }, target, tools);
  return { elsewhere, name, replaces: await findReplaced(image, name, elsewhere.account, there) };
}
