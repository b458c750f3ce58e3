/** Legacy names of options, from other builders and from older versions of the API, with the current name. */
export const legacyNames: Readonly<Record<string, string>> = {
  ami_name: 'omi_name',
  ami_regions: 'omi_regions',
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
  ami_architecture: 'architecture',
  boot_mode: 'omi_boot_modes',
  tpm_support: 'tpm_mandatory',
  tag: 'tags',
  snapshot_tag: 'snapshot_tags',
  root_volume_tag: 'root_volume_tags',
  run_volume_tags: 'root_volume_tags',
};

const named = <T>(names: string, value: T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, value]));

/** Option names of other builders that have no effect, with the reason. */
export const ignoredNames: Readonly<Record<string, string>> = {
  ...named('ena_support sriov_support', 'OMIs have no such attribute'),
  ...named('max_retries aws_polling', 'calls are repeated by themselves; the options *_timeout limit waits'),
  ...named('skip_credential_validation decode_authorization_messages', 'it concerns another cloud'),
  ...named('snapshot_copy_duration_minutes skip_save_build_region', 'it concerns another cloud'),
  ...named(
    'packer_build_name packer_builder_type packer_core_version packer_debug packer_force packer_on_error',
    'Packer sets it itself',
  ),
  ...named('packer_user_variables packer_sensitive_variables', 'Packer sets it itself'),
  launch_block_device_mappings: 'no VM is launched',
  skip_metadata_api_check: 'the metadata service is used only for values that are not set',
};

const encryption = {
  problem: 'is not supported: the volume API has no encryption',
  fix: 'remove it',
};

const noLaunch = { problem: 'is not supported: no VM is launched', fix: 'remove it' };
const noSuchApi = { problem: 'is not supported: the API has no such call', fix: 'remove it' };
const noRoles = {
  problem: 'is not supported: the API has no such source of credentials',
  fix: 'set access_key and secret_key, or profile',
};
const noOrganizations = {
  problem: 'is not supported: the API shares OMIs with accounts only',
  fix: 'set omi_account_ids',
};

/** Options of outscale-bsu, -bsusurrogate and -bsuvolume that concern the VM that they launch. */
const launchOnly =
  'associate_public_ip_address subregion_name block_duration_minutes disable_stop_vm bsu_optimized ' +
  'enable_t2_unlimited iam_vm_profile shutdown_behavior vm_type security_group_filter run_tags ' +
  'security_group_id security_group_ids subnet_filter subnet_id temporary_security_group_source_cidr ' +
  'user_data user_data_file net_filter net_id windows_password_timeout communicator ' +
  'pause_before_connecting ssh_host ssh_port ssh_username ssh_password ssh_keypair_name ' +
  'temporary_key_pair_name temporary_key_pair_type temporary_key_pair_bits ssh_ciphers ' +
  'ssh_clear_authorized_keys ssh_key_exchange_algorithms ssh_private_key_file ssh_certificate_file ' +
  'ssh_pty ssh_timeout ssh_wait_timeout ssh_agent_auth ssh_disable_agent_forwarding ' +
  'ssh_handshake_attempts ssh_bastion_host ssh_bastion_port ssh_bastion_agent_auth ' +
  'ssh_bastion_username ssh_bastion_password ssh_bastion_interactive ssh_bastion_private_key_file ' +
  'ssh_bastion_certificate_file ssh_file_transfer_method ssh_proxy_host ssh_proxy_port ' +
  'ssh_proxy_username ssh_proxy_password ssh_keep_alive_interval ssh_read_write_timeout ' +
  'ssh_remote_tunnels ssh_local_tunnels ssh_public_key ssh_private_key ssh_interface winrm_username ' +
  'winrm_password winrm_host winrm_no_proxy winrm_port winrm_timeout winrm_use_ssl winrm_insecure ' +
  'winrm_use_ntlm';

/** Option names of other builders that Outscale cannot support. */
export const refusedNames: Readonly<Record<string, { readonly problem: string; readonly fix: string }>> = {
  encrypt_boot: encryption,
  kms_key_id: encryption,
  region_kms_key_ids: encryption,
  ...named('root_volume_encrypt_boot root_volume_kms_key_id', encryption),
  ...named('imds_support deprecate_at deregistration_protection uefi_data', noSuchApi),
  ...named('ami_org_arns ami_ou_arns', noOrganizations),
  ...named('assume_role vault_aws_engine', noRoles),
  shared_credentials_file: {
    problem: 'is not supported: profiles are in ~/.osc/config.json',
    fix: 'remove it; for another file, set the environment variable OSC_CONFIG_FILE',
  },
  omi_root_device: {
    problem: 'is not supported: the root volume becomes the root device',
    fix: 'set root_volume_size, root_volume_type and root_device_name',
  },
  bsu_volumes: {
    problem: 'is not supported: a build creates one volume, the root volume',
    fix: 'remove it; for more devices of the OMI, set omi_block_device_mappings',
  },
  ...named(launchOnly, noLaunch),
  mfa_code: {
    problem: 'is not supported: requests are signed with access keys only',
    fix: 'remove it; for temporary access keys, set token',
  },
};

/** Values of `type` in a Packer template for builders that this one replaces. */
export const builderTypes: readonly string[] = ['osc-chroot', 'outscale-chroot', 'amazon-chroot'];
