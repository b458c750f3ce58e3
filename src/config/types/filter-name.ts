import { refuse } from '../kit/issues.js';
import { nearest } from '../kit/suggest.js';
import type { Type } from '../kit/type.js';
import { readText } from './text.js';

/** The names that EC2 gives to filters of images, as far as Outscale has the field. */
const familiar = [
  'image-name',
  'name',
  'image-id',
  'architecture',
  'virtualization-type',
  'root-device-type',
  'account-id',
  'account-alias',
  'description',
  'state',
  'tag-key',
  'boot-mode',
  'product-code',
];

/** Schema `FiltersImage`. */
const native = [
  'AccountAliases',
  'AccountIds',
  'Architectures',
  'BlockDeviceMappingDeleteOnVmDeletion',
  'BlockDeviceMappingDeviceNames',
  'BlockDeviceMappingSnapshotIds',
  'BlockDeviceMappingVolumeSizes',
  'BlockDeviceMappingVolumeTypes',
  'BootModes',
  'Descriptions',
  'FileLocations',
  'Hypervisors',
  'ImageIds',
  'ImageNames',
  'PermissionsToLaunchAccountIds',
  'PermissionsToLaunchGlobalPermission',
  'ProductCodeNames',
  'ProductCodes',
  'RootDeviceNames',
  'RootDeviceTypes',
  'SecureBoot',
  'States',
  'TagKeys',
  'TagValues',
  'Tags',
  'TpmMandatory',
  'VirtualizationTypes',
];

const names = [...familiar, ...native];

/** The name of a filter, of either family; `tag:KEY` asks for the value of a tag. */
export const filterName: Type<string> = {
  name: 'text',
  placeholder: 'name',
  read(value) {
    const written = readText(value);
    if (names.includes(written) || /^tag:./s.test(written)) return written;
    const meant = nearest(written, names);
    const fix = meant === undefined ? `write one of tag:KEY, ${names.join(', ')}` : `did you mean ${meant}?`;
    return refuse('is no filter of OMIs', fix, written);
  },
};
