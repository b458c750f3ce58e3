import * as z from 'zod';
import {
  allOptional,
  bootMode,
  entity,
  integers,
  permissionsChange,
  permissionsOnResource,
  readRequest,
  readResponse,
  request,
  resourceTag,
  response,
  tagFilters,
  texts,
} from './common.js';

/** Schema `BsuToCreate`; `VolumeSize` in GiB, `Iops` only with type `io1`. */
export const bsuToCreate = allOptional({
  DeleteOnVmDeletion: z.boolean(),
  Iops: z.int(),
  SnapshotId: z.string(),
  VolumeSize: z.int(),
  VolumeType: z.string(),
});

/** Schema `BlockDeviceMappingImage`, the same in a request and in a response. */
export const blockDeviceMappingImage = allOptional({
  Bsu: bsuToCreate,
  DeviceName: z.string(),
  VirtualDeviceName: z.string(),
});

/** Schema `Image`; `State` is `pending`, `available` or `failed`. */
export const image = entity({
  AccountAlias: z.string(),
  AccountId: z.string(),
  Architecture: z.string(),
  BlockDeviceMappings: z.array(blockDeviceMappingImage),
  BootModes: z.array(bootMode),
  CreationDate: z.string(),
  Description: z.string(),
  FileLocation: z.string(),
  ImageId: z.string(),
  ImageName: z.string(),
  ImageType: z.string(),
  PermissionsToLaunch: permissionsOnResource,
  ProductCodes: texts,
  RootDeviceName: z.string(),
  RootDeviceType: z.string(),
  SecureBoot: z.boolean(),
  State: z.string(),
  StateComment: entity({ StateCode: z.string(), StateMessage: z.string() }),
  Tags: z.array(resourceTag),
  TpmMandatory: z.boolean(),
});

const filters = {
  AccountAliases: texts,
  AccountIds: texts,
  Architectures: texts,
  BlockDeviceMappingDeleteOnVmDeletion: z.boolean(),
  BlockDeviceMappingDeviceNames: texts,
  BlockDeviceMappingSnapshotIds: texts,
  BlockDeviceMappingVolumeSizes: integers,
  BlockDeviceMappingVolumeTypes: texts,
  BootModes: z.array(bootMode),
  Descriptions: texts,
  FileLocations: texts,
  Hypervisors: texts,
  ImageIds: texts,
  ImageNames: texts,
  PermissionsToLaunchAccountIds: texts,
  PermissionsToLaunchGlobalPermission: z.boolean(),
  ProductCodeNames: texts,
  ProductCodes: texts,
  RootDeviceNames: texts,
  RootDeviceTypes: texts,
  SecureBoot: z.boolean(),
  States: texts,
  ...tagFilters,
  TpmMandatory: z.boolean(),
  VirtualizationTypes: texts,
};

const ImageId = z.string();

export const imageOperations = {
  ReadImages: { request: readRequest(filters), response: readResponse({ Images: z.array(image) }) },
  CreateImage: {
    request: request(
      {},
      {
        Architecture: z.string(),
        BlockDeviceMappings: z.array(blockDeviceMappingImage),
        BootModes: z.array(bootMode),
        Description: z.string(),
        FileLocation: z.string(),
        ImageName: z.string(),
        NoReboot: z.boolean(),
        ProductCodes: texts,
        RootDeviceName: z.string(),
        SourceImageId: z.string(),
        SourceRegionName: z.string(),
        TpmMandatory: z.boolean(),
        VmId: z.string(),
      },
    ),
    response: response({ Image: image }),
  },
  UpdateImage: {
    request: request(
      { ImageId },
      { Description: z.string(), PermissionsToLaunch: permissionsChange, ProductCodes: texts },
    ),
    response: response({ Image: image }),
  },
  DeleteImage: { request: request({ ImageId }, {}), response: response({}) },
} as const;
