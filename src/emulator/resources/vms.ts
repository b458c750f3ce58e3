import type { BlockDeviceMappingCreated, RequestOf, ResponseOf, Vm } from '../../outscale/api.js';
import { invalid, parameterCodes } from '../model/errors.js';
import type { StoredVm } from '../model/world.js';
import { type Call, type Cloud, isoDate } from './context.js';
import { type Filters, fits, oneOf, tagFilters } from './filters.js';
import { network, vmType } from './network.js';
import { page } from './pages.js';
import { linkState } from './states.js';
import { showTags } from './tags.js';
import { linked, vms } from './volume-links.js';

/** Schema `BlockDeviceMappingCreated`: the root at /dev/sda1 and the attached volumes. */
const showMappings = (cloud: Cloud, vm: string, now: number): BlockDeviceMappingCreated[] =>
  linked(cloud)
    .filter(({ link }) => (link.vm ?? cloud.world.vm.id) === vm)
    .map(({ volume, link }) => ({
      DeviceName: link.device,
      Bsu: {
        VolumeId: volume.id,
        State: linkState(link, now, cloud.settings.latency),
        LinkDate: isoDate(link.since),
        DeleteOnVmDeletion: link.deleteOnVmDeletion,
      },
    }));

/** Schema `Vm`. */
const show = (cloud: Cloud, vm: StoredVm, now: number): Vm => ({
  ActionsOnNextBoot: { SecureBoot: 'none' },
  VmId: vm.id,
  State: 'running',
  StateReason: '',
  VmType: vmType,
  Architecture: 'x86_64',
  BlockDeviceMappings: showMappings(cloud, vm.id, now),
  BootMode: 'legacy',
  BsuOptimized: false,
  CreationDate: isoDate(vm.created),
  DeletionProtection: false,
  Hypervisor: 'xen',
  ImageId: vm.image,
  KeypairName: 'emulator',
  LaunchNumber: 0,
  NestedVirtualization: false,
  Performance: 'high',
  Placement: { SubregionName: vm.subregion, Tenancy: 'default' },
  ProductCodes: ['0001'],
  ReservationId: vm.id.replace(/^i-/, 'r-'),
  RootDeviceName: '/dev/sda1',
  RootDeviceType: 'ebs',
  ShutdownBehaviorConfiguration: { GuestAction: 'stop', HostAction: 'stop' },
  Tags: showTags(vm.tags),
  TpmEnabled: false,
  UserData: '',
  VmInitiatedShutdownBehavior: 'stop',
  ...network(vm),
});

interface Shown {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly vm: Vm;
}

const filters: Filters<NonNullable<RequestOf<'ReadVms'>['Filters']>, Shown> = {
  Architectures: oneOf(({ vm }: Shown) => vm.Architecture),
  BlockDeviceMappingDeviceNames: oneOf(({ vm }: Shown) => vm.BlockDeviceMappings?.map((m) => m.DeviceName)),
  BlockDeviceMappingStates: oneOf(({ vm }: Shown) => vm.BlockDeviceMappings?.map((m) => m.Bsu?.State)),
  BlockDeviceMappingVolumeIds: oneOf(({ vm }: Shown) => vm.BlockDeviceMappings?.map((m) => m.Bsu?.VolumeId)),
  ImageIds: oneOf(({ vm }: Shown) => vm.ImageId),
  SubregionNames: oneOf(({ vm }: Shown) => vm.Placement?.SubregionName),
  ...tagFilters,
  VmIds: oneOf(({ vm }: Shown) => vm.VmId),
  VmStateNames: oneOf(({ vm }: Shown) => vm.State),
  VmTypes: oneOf(({ vm }: Shown) => vm.VmType),
};

/**
 * "Lists one or more of your virtual machines (VMs)": this VM, which belongs to the first account, and the
 * other VM of the settings.
 */
export const readVms: Call<RequestOf<'ReadVms'>, ResponseOf<'ReadVms'>> =
  (request, { account, now }, cloud) =>
  () => {
    // This is the only read that refuses an ID without its prefix (recorded).
    if (request.Filters?.VmIds?.some((id) => !id.startsWith('i-')))
      throw invalid(
        'Filters.VmIds',
        'the value does not have the prefix i-',
        parameterCodes.idPrefixInFilter,
      );
    const mine = vms(cloud)
      .filter((vm) => vm.account === account)
      .map((vm) => ({ id: vm.id, tags: vm.tags, vm: show(cloud, vm, now) }));
    const { items, next } = page(
      mine.filter((item) => fits(filters, request.Filters, item)),
      request,
    );
    return { Vms: items.map((item) => item.vm), ...next };
  };

/** "Gets information about the account that sent the request." (schema `Account`) */
export const readAccounts: Call<RequestOf<'ReadAccounts'>, ResponseOf<'ReadAccounts'>> =
  (_request, { account }) =>
  () => ({ Accounts: [{ AccountId: account, CustomerId: account }] });
