import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import { nearest } from '../kit/suggest.js';
import { readParts, type Type } from '../kit/type.js';
import { list, mapOf } from './collections.js';
import { record } from './record.js';
import { boolean } from './scalars.js';
import { anyScalar, matching, readText, text } from './text.js';

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
const filterName: Type<string> = {
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

const texts = list(text, 'texts');

/** Names of filters with what they ask for; a list holds alternatives, a text alone is a list of one. */
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
  filters: option(filters, { text: 'what the OMI must be like', default: new Map(), otherwise: 'none' }),
  owners: option(list(owner, 'owners'), {
    text: 'account IDs, `self`, aliases such as `Outscale`',
    required: 'the accounts whose OMIs may be taken, such as [self]',
  }),
  most_recent: option(boolean, { text: 'take the newest of many', default: false }),
});

/** Which OMI a build starts from, by what it is like. */
export type SourceFilter = Values<typeof fields>;

export const sourceFilter = record('filter', fields);
