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
import { vmNetwork } from './vm-network.js';

/** Schema `BlockDeviceMappingCreated`: a volume linked to a VM, with its device name. */
export const blockDeviceMappingCreated = entity({
  Bsu: entity({
    DeleteOnVmDeletion: z.boolean(),
    LinkDate: z.string(),
    State: z.string(),
    VolumeId: z.string(),
  }),
  DeviceName: z.string(),
});

/** Schema `Vm`. */
export const vm = entity({
  ActionsOnNextBoot: entity({
    SecureBoot: z.enum(['enable', 'disable', 'setup-mode', 'none', 'restore-factory-keys']),
  }),
  Architecture: z.string(),
  BlockDeviceMappings: z.array(blockDeviceMappingCreated),
  BootMode: bootMode,
  BsuOptimized: z.boolean(),
  ClientToken: z.string(),
  CreationDate: z.string(),
  DeletionProtection: z.boolean(),
  Hypervisor: z.string(),
  ImageId: z.string(),
  KeypairName: z.string(),
  LaunchNumber: z.int(),
  NestedVirtualization: z.boolean(),
  OsFamily: z.string(),
  Performance: z.string(),
  Placement: entity({ SubregionName: z.string(), Tenancy: z.string() }),
  ProductCodes: texts,
  ReservationId: z.string(),
  RootDeviceName: z.string(),
  RootDeviceType: z.string(),
  // Recorded from the real API; not in the description.
  ShutdownBehaviorConfiguration: entity({ GuestAction: z.string(), HostAction: z.string() }),
  State: z.string(),
  StateReason: z.string(),
  Tags: z.array(resourceTag),
  TpmEnabled: z.boolean(),
  UserData: z.string(),
  VmId: z.string(),
  VmInitiatedShutdownBehavior: z.string(),
  VmType: z.string(),
  ...vmNetwork,
});

/** Schema `Account`, without personal data. */
const account = entity({ AccountId: z.string(), CustomerId: z.string() });

export const vmOperations = {
  ReadAccounts: { request: request({}, {}), response: response({ Accounts: z.array(account) }) },
  ReadVms: {
    // `FiltersVm` has 66 filters, most of them about the network: these are the filters about the VM and its
    // disks.
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
