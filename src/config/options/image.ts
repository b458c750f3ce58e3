import { group, option } from '../kit/option.js';
import { list, tags } from '../types/collections.js';
import { deviceMapping, mappedDevice } from '../types/devices.js';
import { accountId, everybody, omiName, virtualization } from '../types/image.js';
import { boolean } from '../types/scalars.js';
import { matching, oneOf, text } from '../types/text.js';

const accounts = list(accountId, 'account IDs');
const groups = list(everybody, 'groups');
const productCode = matching(/^\w+$/, { kind: 'a product code', example: 'one such as 0001' });

/** The OMI that comes out. */
export const image = group({
  omi_name: option(omiName, {
    text: 'Name of the new OMI: 3 to 128 letters, digits, blanks and `_ ( ) / . -`. It must be free in the account.',
    required: 'the name of the new OMI',
    template: true,
  }),
  omi_description: option(text, { text: 'Description of the new OMI.', otherwise: 'empty', template: true }),
  tags: option(tags, {
    text: 'Tags of the new OMI and its snapshot.',
    default: {},
    otherwise: 'none',
    template: true,
  }),
  snapshot_tags: option(tags, {
    text: 'Tags of the snapshot; they win over `tags`.',
    default: {},
    otherwise: 'none',
    template: true,
  }),
  omi_account_ids: option(accounts, {
    text: 'Accounts that may launch the OMI.',
    default: [],
    otherwise: 'none',
  }),
  omi_groups: option(groups, {
    text: '`all`: everybody may launch the OMI.',
    default: [],
    otherwise: 'none',
  }),
  global_permission: option(boolean, {
    text: 'Everybody may launch the OMI.',
    default: false,
  }),
  snapshot_users: option(accounts, {
    text: 'Accounts that may make volumes from the snapshot.',
    default: [],
    otherwise: 'none',
  }),
  snapshot_groups: option(groups, {
    text: '`all`: everybody may make volumes from the snapshot.',
    default: [],
    otherwise: 'none',
  }),
  omi_virtualization_type: option(virtualization, {
    text: 'Outscale has only `hvm`.',
    default: 'hvm',
  }),
  omi_boot_modes: option(list(oneOf('legacy', 'uefi'), 'boot modes'), {
    text: 'Boot modes of the OMI: `legacy`, `uefi`.',
    otherwise: "the source's",
  }),
  omi_product_codes: option(list(productCode, 'product codes'), {
    text: 'Product codes of the OMI.',
    otherwise: "the source's",
  }),
  tpm_mandatory: option(boolean, {
    text: 'Whether a VM of the OMI must have a virtual TPM.',
    otherwise: "the source's",
  }),
  architecture: option(oneOf('x86_64', 'i386'), {
    text: 'Architecture of the OMI.',
    otherwise: "the source's",
  }),
  omi_block_device_mappings: option(list(deviceMapping, 'mappings'), {
    text: 'Devices that a VM of the OMI gets, added to or replacing what the source maps: `device_name` (required), `snapshot_id`, `volume_size` (required without `snapshot_id`, but for the root), `volume_type`, `iops`, `delete_on_vm_deletion`, `no_device` (drops what the source maps), `virtual_name`.',
    default: [],
    otherwise: "the source's",
  }),
  root_device_name: option(mappedDevice, {
    text: 'How the OMI calls its root device; from scratch `/dev/sda1`.',
    otherwise: "the source's",
  }),
  force_deregister: option(boolean, {
    text: 'Replace an OMI of the same name of this account, once the new snapshot is complete.',
    default: false,
  }),
  force_delete_snapshot: option(boolean, {
    text: 'Delete the snapshots of the OMI that was replaced, once the new one is available.',
    default: false,
  }),
  skip_create_omi: option(boolean, {
    text: 'Stop after the snapshot.',
    default: false,
  }),
});
