import { BuildError } from '../../common/errors.js';

/** The regions that Outscale runs (user guide, "About Regions and Subregions"). */
export const regions = [
  'ap-northeast-1',
  'cloudgouv-eu-west-1',
  'cloudgouv-eu-west-2',
  'eu-west-2',
  'us-east-2',
  'us-west-1',
] as const;

/** Whether a region is one that Outscale runs. */
export const isKnownRegion = (region: string): boolean => regions.some((known) => known === region);

/**
 * Checks the region of this VM before a signed request goes to the host that it names. A custom endpoint, or
 * skip_region_validation, allows any.
 * @throws BuildError for a region that Outscale does not run.
 */
export function requireKnownRegion(
  region: string,
  access: {
    readonly custom_endpoint_oapi: string | undefined;
    readonly skip_region_validation: boolean;
  },
): void {
  if (access.custom_endpoint_oapi !== undefined || access.skip_region_validation || isKnownRegion(region))
    return;
  throw new BuildError(`region: ${region}, the region of this VM, must be one of: ${regions.join(', ')}`, {
    hint: 'Set subregion if the metadata service is wrong, or skip_region_validation for a new region.',
  });
}
