import type { Vm } from '../../outscale/api.js';
import type { StoredVm } from '../model/world.js';

export const vmType = 'tinav5.c2r4p2';

/** The private address of a VM, derived from its ID so that every read returns the same address. */
const bytesOf = ({ id }: StoredVm): number[] =>
  [...Buffer.from(id.replace(/^i-/, '').padStart(8, '0').slice(-8), 'hex'), 0, 0, 0, 0].slice(0, 4);

export const macAddress = (vm: StoredVm): string =>
  ['aa', 'a2', ...bytesOf(vm).map((byte) => byte.toString(16).padStart(2, '0'))].join(':');

export function hostName(vm: StoredVm): string {
  const region = vm.subregion.slice(0, -1);
  return `ip-${privateIp(vm).replaceAll('.', '-')}.${region}.compute.internal`;
}

export const privateIp = (vm: StoredVm): string => ['10', '0', ...bytesOf(vm).slice(2)].join('.');

/** The network fields of schema `Vm`: one network interface in a Net, without a public IP. */
export function network(vm: StoredVm) {
  const suffix = vm.id.replace(/^i-/, '');
  const ids = { NetId: `vpc-${suffix}`, SubnetId: `subnet-${suffix}` };
  const names = { PrivateDnsName: hostName(vm), PrivateIp: privateIp(vm) };
  const shared = {
    ...ids,
    IsSourceDestChecked: true,
    PrivateDnsName: names.PrivateDnsName,
    SecurityGroups: [{ SecurityGroupId: `sg-${suffix}`, SecurityGroupName: 'default' }],
  };
  const nic = {
    ...shared,
    AccountId: vm.account,
    Description: 'Primary network interface',
    LinkNic: {
      DeleteOnVmDeletion: true,
      DeviceNumber: 0,
      LinkNicId: `eni-attach-${suffix}`,
      State: 'attached',
    },
    MacAddress: macAddress(vm),
    NicId: `eni-${suffix}`,
    PrivateIps: [{ IsPrimary: true, ...names }],
    State: 'in-use',
  };
  return { ...shared, ...names, Nics: [nic] } satisfies Partial<Vm>;
}
