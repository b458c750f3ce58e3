/** Legacy names of options, from other builders and from older versions of the API, with the current name. */
export const legacyNames: Readonly<Record<string, string>> = {
  ami_name: 'omi_name',
  ami_description: 'omi_description',
  ami_groups: 'omi_groups',
  ami_users: 'omi_account_ids',
  ami_product_codes: 'omi_product_codes',
  ami_virtualization_type: 'omi_virtualization_type',
  ami_block_device_mappings: 'omi_block_device_mappings',
  source_ami: 'source_omi',
  source_ami_filter: 'source_omi_filter',
  oapi_custom_endpoint: 'custom_endpoint_oapi',
  custom_endpoint_ec2: 'custom_endpoint_oapi',
  snapshot_account_ids: 'snapshot_users',
  product_codes: 'omi_product_codes',
};

/** Option names of other builders that have no effect, with the reason. */
export const ignoredNames: Readonly<Record<string, string>> = {
  launch_block_device_mappings: 'no VM is launched',
  skip_metadata_api_check: 'the metadata service is used only for values that are not set',
};

const oneRegion = {
  problem: 'is not supported: the API copies OMIs only within a region',
  fix: 'remove it; to use the OMI in another region, export it to a bucket and import it there',
};
const encryption = {
  problem: 'is not supported: the volume API has no encryption',
  fix: 'remove it',
};

/** Option names of other builders that Outscale cannot support. */
export const refusedNames: Readonly<Record<string, { readonly problem: string; readonly fix: string }>> = {
  omi_regions: oneRegion,
  ami_regions: oneRegion,
  encrypt_boot: encryption,
  kms_key_id: encryption,
  region_kms_key_ids: encryption,
  mfa_code: {
    problem: 'is not supported: requests are signed with access keys only',
    fix: 'remove it; for temporary access keys, set token',
  },
};

/** Values of `type` in a Packer template for builders that this one replaces. */
export const builderTypes: readonly string[] = ['osc-chroot', 'amazon-chroot'];
