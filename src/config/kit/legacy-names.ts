/** Names that other builders and earlier versions of this one have for options, by that name. */
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

/** Names that mean nothing here, and why. */
export const ignoredNames: Readonly<Record<string, string>> = {
  launch_block_device_mappings: 'no VM is launched',
  skip_metadata_api_check: 'the metadata service is asked only for what is not given',
};

const oneRegion = {
  problem: 'cannot be done: the API copies only inside a region',
  fix: 'take it away; an OMI gets into another region by export to a bucket and import',
};
const encryption = {
  problem: 'cannot be done: the volume API has no encryption',
  fix: 'take it away',
};

/** Names that ask for what Outscale does not have. */
export const refusedNames: Readonly<Record<string, { readonly problem: string; readonly fix: string }>> = {
  omi_regions: oneRegion,
  ami_regions: oneRegion,
  encrypt_boot: encryption,
  kms_key_id: encryption,
  region_kms_key_ids: encryption,
  mfa_code: {
    problem: 'cannot be used: requests are signed with keys alone',
    fix: 'take it away; give temporary keys with token',
  },
};

/** What a configuration for another program calls the builder that this one takes the place of. */
export const builderTypes: readonly string[] = ['osc-chroot', 'amazon-chroot'];
