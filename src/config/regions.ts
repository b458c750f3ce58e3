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
