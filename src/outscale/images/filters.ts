import { BuildError } from '../../common/errors.js';
import type { Image, RequestOf } from '../api.js';

type Filters = NonNullable<RequestOf<'ReadImages'>['Filters']>;
type Texts = readonly string[];

/** EC2 filter names and the fields of schema `FiltersImage` they correspond to. */
const meaning: Readonly<Record<string, keyof Filters>> = {
  'image-name': 'ImageNames',
  name: 'ImageNames',
  'image-id': 'ImageIds',
  architecture: 'Architectures',
  'virtualization-type': 'VirtualizationTypes',
  'root-device-type': 'RootDeviceTypes',
  'account-id': 'AccountIds',
  'account-alias': 'AccountAliases',
  description: 'Descriptions',
  state: 'States',
  'tag-key': 'TagKeys',
  'boot-mode': 'BootModes',
  'product-code': 'ProductCodes',
};

const numbers = ['BlockDeviceMappingVolumeSizes'];
const flags = [
  'BlockDeviceMappingDeleteOnVmDeletion',
  'PermissionsToLaunchGlobalPermission',
  'SecureBoot',
  'TpmMandatory',
];

const mapped = (image: Image, value: (bsu: NonNullable<ReturnType<typeof bsuOf>>) => unknown): unknown[] =>
  image.BlockDeviceMappings?.map((mapping) => value(bsuOf(mapping) ?? {})) ?? [];
const bsuOf = (mapping: NonNullable<Image['BlockDeviceMappings']>[number]) => mapping.Bsu;

/** The values in a response that a filter applies to; undefined if the response has no such field. */
const valuesOf: Readonly<Partial<Record<keyof Filters, (image: Image) => unknown>>> = {
  AccountAliases: ({ AccountAlias }) => AccountAlias,
  AccountIds: ({ AccountId }) => AccountId,
  Architectures: ({ Architecture }) => Architecture,
  BlockDeviceMappingDeleteOnVmDeletion: (image) =>
    mapped(image, ({ DeleteOnVmDeletion }) => DeleteOnVmDeletion),
  BlockDeviceMappingDeviceNames: ({ BlockDeviceMappings }) =>
    BlockDeviceMappings?.map(({ DeviceName }) => DeviceName),
  BlockDeviceMappingSnapshotIds: (image) => mapped(image, ({ SnapshotId }) => SnapshotId),
  BlockDeviceMappingVolumeSizes: (image) => mapped(image, ({ VolumeSize }) => VolumeSize),
  BlockDeviceMappingVolumeTypes: (image) => mapped(image, ({ VolumeType }) => VolumeType),
  BootModes: ({ BootModes }) => BootModes,
  Descriptions: ({ Description }) => Description,
  FileLocations: ({ FileLocation }) => FileLocation,
  ImageIds: ({ ImageId }) => ImageId,
  ImageNames: ({ ImageName }) => ImageName,
  PermissionsToLaunchAccountIds: ({ PermissionsToLaunch }) => PermissionsToLaunch?.AccountIds,
  PermissionsToLaunchGlobalPermission: ({ PermissionsToLaunch }) => PermissionsToLaunch?.GlobalPermission,
  ProductCodes: ({ ProductCodes }) => ProductCodes,
  RootDeviceNames: ({ RootDeviceName }) => RootDeviceName,
  SecureBoot: ({ SecureBoot }) => SecureBoot,
  States: ({ State }) => State,
  TagKeys: ({ Tags }) => Tags?.map(({ Key }) => Key),
  TagValues: ({ Tags }) => Tags?.map(({ Value }) => Value),
  Tags: ({ Tags }) => Tags?.map(({ Key, Value }) => `${Key}=${Value}`),
  TpmMandatory: ({ TpmMandatory }) => TpmMandatory,
};

/** One condition of a filter: a field and its accepted values. */
export interface Condition {
  /** As the user wrote it. */
  readonly name: string;
  readonly field: keyof Filters;
  readonly values: Texts;
}

/** Converts a user's filters to conditions. @throws BuildError for an unknown filter or an invalid value. */
export function conditionsOf(filters: ReadonlyMap<string, Texts>): Condition[] {
  return [...filters].map(([name, values]) => {
    const key = /^tag:(.+)$/s.exec(name)?.[1];
    if (key !== undefined) return { name, field: 'Tags', values: values.map((value) => `${key}=${value}`) };
    const field = fieldNamed(name);
    if (numbers.includes(field) && !values.every((value) => /^\d+$/.test(value)))
      throw new BuildError(`source_omi_filter: ${name} must be a whole number`);
    if (flags.includes(field) && (values.length !== 1 || !/^(true|false)$/i.test(values[0] ?? '')))
      throw new BuildError(`source_omi_filter: ${name} must be true or false`);
    if (field === 'VirtualizationTypes' && !values.includes('hvm'))
      throw new BuildError(`source_omi_filter: ${name} must be hvm, the only type that Outscale supports`);
    // Two names for the same device type.
    const isBsu = field === 'RootDeviceTypes' && values.some((value) => ['bsu', 'ebs'].includes(value));
    return { name, field, values: isBsu ? ['bsu', 'ebs'] : values };
  });
}

const fields: readonly string[] = [
  ...Object.keys(valuesOf),
  'Hypervisors',
  'ProductCodeNames',
  'RootDeviceTypes',
  'VirtualizationTypes',
];
const isField = (name: string): name is keyof Filters => fields.includes(name);

function fieldNamed(name: string): keyof Filters {
  const field = meaning[name] ?? name;
  if (isField(field)) return field;
  throw new BuildError(`source_omi_filter: ${name} is not a known OMI filter`);
}

/**
 * The part of the conditions that the API can evaluate. It ANDs fields and ORs the values of one field, so of
 * two conditions on the same field only the first is sent. It supports `*` in names only, and perhaps not
 * `?`. `fits` evaluates the rest.
 */
export function filtersToAsk(conditions: readonly Condition[]): Filters {
  const asked: Record<string, unknown> = {};
  for (const { field, values } of conditions) {
    if (field in asked) continue;
    if (numbers.includes(field)) asked[field] = values.map(Number);
    else if (flags.includes(field)) asked[field] = values[0]?.toLowerCase() === 'true';
    else if (field === 'ImageNames') asked[field] = values.map((value) => value.replaceAll('?', '*'));
    else if (!values.some(hasWildcard)) asked[field] = values;
  }
  return asked;
}

/** Whether an OMI meets every condition whose field is in the response. */
export function fits(image: Image, conditions: readonly Condition[]): boolean {
  return conditions.every(({ field, values }) => {
    const found = valuesOf[field]?.(image);
    if (found === undefined) return true;
    const texts = [found].flat().map(String);
    return values.some((value) =>
      texts.some((text) => (flags.includes(field) ? text === value.toLowerCase() : fitsPattern(text, value))),
    );
  });
}

const hasWildcard = (text: string): boolean => /[*?]/.test(text);

/** Whether a text matches a pattern, where `*` matches any text and `?` any single character. */
function fitsPattern(text: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su').test(text);
}
