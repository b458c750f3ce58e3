import { refuse } from '../kit/issues.js';
import { group, option } from '../kit/option.js';
import { nearest } from '../kit/suggest.js';
import { readParts, type Type } from '../kit/type.js';
import { list, mapOf } from './collections.js';
import { record } from './record.js';
import { boolean } from './scalars.js';
import { anyScalar, matching, readText, text } from './text.js';

/** EC2 names of image filters whose field Outscale supports. */
const ec2Names = [
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

/** API names of image filters (schema `FiltersImage`). */
const apiNames = [
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

const names = [...ec2Names, ...apiNames];

/** The EC2 or API name of a filter; `tag:KEY` filters by the value of a tag. */
const filterName: Type<string> = {
  name: 'text',
  placeholder: 'name',
  read(value) {
    const written = readText(value);
    if (names.includes(written) || /^tag:./s.test(written)) return written;
    const meant = nearest(written, names);
    const fix =
      meant === undefined ? `must be one of: tag:KEY, ${names.join(', ')}` : `did you mean ${meant}?`;
    return refuse('is not an OMI filter', fix, written);
  },
};

const texts = list(text, 'texts');

/** Filter names with their values. A list holds alternatives; a single text is a list of one. */
const filters: Type<ReadonlyMap<string, readonly string[]>> = {
  name: 'map',
  placeholder: 'map',
  schema: {
    type: 'object',
    additionalProperties: { anyOf: [anyScalar, { type: 'array', items: anyScalar }] },
  },
  async read(value) {
    const entries = await readParts(
      [...(await mapOf(value))].map(([key, asked]) => [
        String(key),
        async () =>
          [
            await filterName.read(key),
            typeof asked === 'string' ? [asked] : await texts.read(asked),
          ] as const,
      ]),
    );
    return new Map(entries);
  },
};

const owner = matching(/^[\w-]+$/, { kind: 'an owner', example: 'an account ID, self, or an alias' });

const fields = group({
  filters: option(filters, {
    text: 'filters that the OMI must match',
    default: new Map(),
    otherwise: 'none',
  }),
  owners: option(list(owner, 'owners'), {
    text: 'account IDs, `self`, aliases such as `Outscale`',
    required: 'the accounts that may own the OMI, such as [self]',
  }),
  most_recent: option(boolean, { text: 'select the newest of several matching OMIs', default: false }),
});

export const sourceFilter = record('filter', fields);
