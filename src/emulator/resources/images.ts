import type { BlockDeviceMappingImage, Image, RequestOf, ResponseOf } from '../../outscale/api.js';
import { invalid, missing } from '../model/errors.js';
import type { StoredImage, StoredMapping } from '../model/world.js';
import { alias, type Call, type Cloud, isoDate, own } from './context.js';
import { type Filters, fits, flag, named, oneOf, tagFilters } from './filters.js';
import { page } from './pages.js';
import { checkPermissions, mayUse, showPermissions } from './permissions.js';
import { imageState } from './states.js';
import { showTags } from './tags.js';

const location = ({ account, name }: StoredImage): string => `${account}/${name}`;

/** Schema `BlockDeviceMappingImage`. */
const showMapping = (mapping: StoredMapping): BlockDeviceMappingImage => ({
  DeviceName: mapping.device,
  ...(mapping.virtualName === undefined ? {} : { VirtualDeviceName: mapping.virtualName }),
  ...(mapping.size === undefined
    ? {}
    : {
        Bsu: {
          VolumeSize: mapping.size,
          ...(mapping.type === undefined ? {} : { VolumeType: mapping.type }),
          ...(mapping.snapshot === undefined ? {} : { SnapshotId: mapping.snapshot }),
          ...(mapping.iops === undefined ? {} : { Iops: mapping.iops }),
          ...(mapping.deleteOnVmDeletion === undefined
            ? {}
            : { DeleteOnVmDeletion: mapping.deleteOnVmDeletion }),
        },
      }),
});

/** Schema `Image`. */
export function showImage(image: StoredImage, now: number, cloud: Cloud): Image {
  const owner = alias(cloud, image.account);
  return {
    ImageId: image.id,
    ImageName: image.name,
    State: imageState(image, cloud.world, now, cloud.settings.latency),
    StateComment: {},
    AccountId: image.account,
    ...(owner === undefined ? {} : { AccountAlias: owner }),
    Architecture: image.architecture,
    BlockDeviceMappings: image.mappings.map(showMapping),
    BootModes: [...image.bootModes],
    CreationDate: isoDate(image.created),
    Description: image.description,
    FileLocation: location(image),
    ImageType: 'machine',
    PermissionsToLaunch: showPermissions(image.permissions),
    ProductCodes: [...image.productCodes],
    RootDeviceName: image.rootDevice,
    RootDeviceType: 'bsu',
    SecureBoot: false,
    Tags: showTags(image.tags),
    TpmMandatory: image.tpmMandatory,
  };
}

interface Shown {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly image: StoredImage;
  readonly now: number;
  readonly cloud: Cloud;
}

const filters: Filters<NonNullable<RequestOf<'ReadImages'>['Filters']>, Shown> = {
  AccountAliases: oneOf(({ image, cloud }: Shown) => alias(cloud, image.account)),
  AccountIds: oneOf(({ image }: Shown) => image.account),
  Architectures: oneOf(({ image }: Shown) => image.architecture),
  BlockDeviceMappingDeleteOnVmDeletion: flag(({ image }: Shown) =>
    image.mappings.map(({ deleteOnVmDeletion }) => deleteOnVmDeletion ?? false),
  ),
  BlockDeviceMappingDeviceNames: oneOf(({ image }: Shown) => image.mappings.map(({ device }) => device)),
  BlockDeviceMappingSnapshotIds: oneOf(({ image }: Shown) => image.mappings.map(({ snapshot }) => snapshot)),
  BlockDeviceMappingVolumeSizes: oneOf(({ image }: Shown) => image.mappings.map(({ size }) => size)),
  BlockDeviceMappingVolumeTypes: oneOf(({ image }: Shown) => image.mappings.map(({ type }) => type)),
  BootModes: oneOf(({ image }: Shown) => image.bootModes),
  Descriptions: named(({ image }: Shown) => image.description),
  FileLocations: oneOf(({ image }: Shown) => location(image)),
  Hypervisors: oneOf(() => 'xen'),
  ImageIds: oneOf(({ image }: Shown) => image.id),
  ImageNames: named(({ image }: Shown) => image.name),
  PermissionsToLaunchAccountIds: oneOf(({ image }: Shown) => image.permissions.accountIds),
  PermissionsToLaunchGlobalPermission: flag(({ image }: Shown) => image.permissions.global),
  ProductCodeNames: oneOf(({ image }: Shown) => image.productCodes),
  ProductCodes: oneOf(({ image }: Shown) => image.productCodes),
  RootDeviceNames: oneOf(({ image }: Shown) => image.rootDevice),
  RootDeviceTypes: oneOf(() => ['bsu', 'ebs']),
  SecureBoot: flag(() => false),
  States: oneOf(({ image, now, cloud }: Shown) =>
    imageState(image, cloud.world, now, cloud.settings.latency),
  ),
  ...tagFilters,
  TpmMandatory: flag(({ image }: Shown) => image.tpmMandatory),
  VirtualizationTypes: oneOf(() => 'hvm'),
};

/** "Lists one or more OUTSCALE machine images (OMIs) you can use": own, public and shared ones. */
export const readImages: Call<RequestOf<'ReadImages'>, ResponseOf<'ReadImages'>> =
  (request, { account, now }, cloud) =>
  () => {
    const visible = Object.values(cloud.world.images)
      .filter((image) => mayUse(image, account))
      .map((image) => ({ id: image.id, tags: image.tags, image, now, cloud }));
    const { items, next } = page(
      visible.filter((item) => fits(filters, request.Filters, item)),
      request,
    );
    return { Images: items.map(({ image }) => showImage(image, now, cloud)), ...next };
  };

/**
 * "Modifies the access permissions for an OUTSCALE machine image (OMI)", its description and product codes.
 */
export const updateImage: Call<RequestOf<'UpdateImage'>, ResponseOf<'UpdateImage'>> = (
  request,
  caller,
  cloud,
) => {
  const image = own(cloud, 'images', request.ImageId, caller);
  const { PermissionsToLaunch: asked, Description, ProductCodes } = request;
  if (!asked && Description === undefined && !ProductCodes) throw missing('PermissionsToLaunch');
  const change = asked && checkPermissions('PermissionsToLaunch', asked);
  if (ProductCodes?.some((code) => !/^\d+$/.test(code)))
    throw invalid('ProductCodes', 'must be a list of numbers as text');
  return () => {
    change?.(image.permissions);
    image.description = Description ?? image.description;
    image.productCodes = ProductCodes ?? image.productCodes;
    return { Image: showImage(image, caller.now, cloud) };
  };
};

/** "Deletes an OUTSCALE machine image (OMI)"; its snapshots stay. */
export const deleteImage: Call<RequestOf<'DeleteImage'>, ResponseOf<'DeleteImage'>> = (
  request,
  caller,
  { world },
) => {
  const { id } = own({ world }, 'images', request.ImageId, caller);
  return () => {
    delete world.images[id];
    return {};
  };
};
