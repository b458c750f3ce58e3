import * as z from 'zod';
import {
  bootMode,
  entity,
  readRequest,
  readResponse,
  request,
  resourceTag,
  response,
  tagFilters,
  texts,
} from './common.js';

/** Schema `BlockDeviceMappingCreated`: a volume that a VM holds, under its device name. */
export const blockDeviceMappingCreated = entity({
  Bsu: entity({
    DeleteOnVmDeletion: z.boolean(),
    LinkDate: z.string(),
    State: z.string(),
    VolumeId: z.string(),
  }),
  DeviceName: z.string(),
});

/** Schema `Vm`, without its network. */
export const vm = entity({
  Architecture: z.string(),
  BlockDeviceMappings: z.array(blockDeviceMappingCreated),
  BootMode: bootMode,
  CreationDate: z.string(),
  ImageId: z.string(),
  OsFamily: z.string(),
  Placement: entity({ SubregionName: z.string(), Tenancy: z.string() }),
  ProductCodes: texts,
  RootDeviceName: z.string(),
  RootDeviceType: z.string(),
  State: z.string(),
  StateReason: z.string(),
  Tags: z.array(resourceTag),
  TpmEnabled: z.boolean(),
  VmId: z.string(),
  VmType: z.string(),
});

/** Schema `Account`, without the person behind it. */
export const account = entity({ AccountId: z.string(), CustomerId: z.string() });

export const vmOperations = {
  ReadAccounts: { request: request({}, {}), response: response({ Accounts: z.array(account) }) },
  ReadVms: {
    // `FiltersVm` has 66 filters, most of them on the network: these are the ones on the VM and its disks.
    request: readRequest({
      Architectures: texts,
      BlockDeviceMappingDeviceNames: texts,
      BlockDeviceMappingStates: texts,
      BlockDeviceMappingVolumeIds: texts,
      ImageIds: texts,
      SubregionNames: texts,
      ...tagFilters,
      VmIds: texts,
      VmStateNames: texts,
      VmTypes: texts,
    }),
    response: readResponse({ Vms: z.array(vm) }),
  },
} as const;
