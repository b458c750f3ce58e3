import { BuildError } from '../../common/errors.js';

/** The Outscale regions (user guide, "About Regions and Subregions"). */
export const regions = [
  'ap-northeast-1',
  'cloudgouv-eu-west-1',
  'cloudgouv-eu-west-2',
  'eu-west-2',
  'us-east-2',
  'us-west-1',
] as const;

/** Whether a region is in the list of Outscale regions. */
export const isKnownRegion = (region: string): boolean => regions.some((known) => known === region);

/**
 * Checks the region of this VM before a signed request is sent to the host derived from it. With a custom
 * endpoint or skip_region_validation, any region is accepted.
 * @throws BuildError for an unknown region
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
