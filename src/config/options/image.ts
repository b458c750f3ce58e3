import { group, option } from '../kit/option.js';
import { list, tags } from '../types/collections.js';
import { deviceMapping, mappedDevice } from '../types/devices.js';
import { age } from '../types/duration.js';
import { accountId, everyAccount, omiName, virtualization } from '../types/image.js';
import { boolean, booleanOr } from '../types/scalars.js';
import { matching, oneOf, text } from '../types/text.js';
import { retention } from './retention.js';
import { buildData } from './template-data.js';

const accounts = list(accountId, 'account IDs');
const groups = list(everyAccount, 'groups');
const productCode = matching(/^\w+$/, { kind: 'a product code', example: 'one such as 0001' });

/** The new OMI and its snapshot. */
export const image = group({
  omi_name: option(omiName, {
    text: 'Name of the new OMI: 3 to 128 letters, digits, spaces or `_ ( ) / . -`. It must be unique in the account, unless `force-deregister` is true.',
    required: 'the name of the new OMI',
    template: buildData,
  }),
  omi_description: option(text, {
    text: 'Description of the new OMI.',
    otherwise: 'empty',
    template: buildData,
  }),
  tags: option(tags, {
    text: 'Tags of the new OMI and of its snapshot.',
    default: {},
    otherwise: 'none',
    template: buildData,
  }),
  snapshot_tags: option(tags, {
    text: 'Additional tags of the snapshot. They override `tags`.',
    default: {},
    otherwise: 'none',
    template: buildData,
  }),
  omi_account_ids: option(accounts, {
    text: 'Account IDs that may launch VMs from the OMI. The own account needs no permission and is skipped.',
    default: [],
    otherwise: 'none',
  }),
  omi_groups: option(groups, {
    text: '`all` makes the OMI public: every account may launch VMs from it.',
    default: [],
    otherwise: 'none',
  }),
  global_permission: option(boolean, {
    text: 'Make the OMI public: every account may launch VMs from it.',
    default: false,
  }),
  snapshot_users: option(accounts, {
    text: 'Account IDs that may create volumes from the snapshot. The own account is skipped.',
    default: [],
    otherwise: 'none',
  }),
  snapshot_groups: option(groups, {
    text: '`all` makes the snapshot public: every account may create volumes from it.',
    default: [],
    otherwise: 'none',
  }),
  omi_virtualization_type: option(virtualization, {
    text: 'Virtualization type of the OMI. Outscale supports only `hvm`.',
    default: 'hvm',
  }),
  omi_boot_modes: option(list(oneOf('legacy', 'uefi'), 'boot modes'), {
    text: 'Boot modes of the OMI: `legacy`, `uefi`.',
    otherwise: 'same as the source',
  }),
  omi_product_codes: option(list(productCode, 'product codes'), {
    text: 'Product codes of the OMI.',
    otherwise: 'same as the source',
  }),
  tpm_mandatory: option(boolean, {
    text: 'Require a virtual TPM for VMs launched from the OMI.',
    otherwise: 'same as the source',
  }),
  architecture: option(oneOf('x86_64', 'i386'), {
    text: 'Architecture of the OMI.',
    otherwise: 'same as the source',
  }),
  omi_block_device_mappings: option(list(deviceMapping, 'mappings'), {
    text: 'Block devices of VMs launched from the OMI. They are added to the mappings of the source, or replace those with the same device name. Fields: `device_name` (required), `snapshot_id`, `volume_size` (required without `snapshot_id`, except for the root device), `volume_type`, `iops`, `delete_on_vm_deletion`, `no_device` (removes the mapping of the source), `virtual_name`.',
    default: [],
    otherwise: 'same as the source',
  }),
  root_device_name: option(mappedDevice, {
    text: 'Name of the root device in the OMI. With `from-scratch`, use `/dev/sda1`.',
    otherwise: 'same as the source',
  }),
  force_deregister: option(boolean, {
    text: 'Deregister an existing OMI of this account that has the same name, after the new snapshot is complete.',
    default: false,
  }),
  force_delete_snapshot: option(boolean, {
    text: 'Delete the snapshots of the replaced OMI, after the new OMI is available.',
    default: false,
  }),
  skip_create_omi: option(boolean, {
    text: 'Create only the snapshot, not the OMI.',
    default: false,
  }),
  keep_volume: option(booleanOr('only'), {
    text: 'Keep the provisioned volume as a result too, with `root-volume-tags`. `only`: instead of snapshot and OMI. No later build and no `sweep` deletes it.',
    default: false,
  }),
  reuse: option(oneOf('never', 'unchanged'), {
    text: '`unchanged` returns an available OMI of this account that was built from the same source, provisioning and options, and builds nothing. See the guide on reuse for what it cannot see.',
    default: 'never',
    commands: ['build'],
  }),
  reuse_max_age: option(age, {
    text: 'Age from which `reuse: unchanged` builds a new OMI all the same, such as `12h` or `7d`.',
    otherwise: 'no limit',
    commands: ['build'],
  }),
  ...retention,
});
