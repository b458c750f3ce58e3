import { BuildError } from '../../common/errors.js';
import type { BlockDeviceMappingImage, BsuToCreate, Image } from '../api.js';

/** The only root device that Outscale knows (`RootDeviceNames` of schema `FiltersImage`). */
const onlyRoot = '/dev/sda1';

/** A device as the user wants it mapped; the fields of option `omi_block_device_mappings`. */
interface WantedMapping {
  readonly device_name: string;
  readonly snapshot_id: string | undefined;
  readonly volume_size: number | undefined;
  readonly volume_type: string | undefined;
  readonly iops: number | undefined;
  readonly delete_on_vm_deletion: boolean;
  readonly no_device: boolean;
  readonly virtual_name: string | undefined;
}

/** The root as the build made it. */
export interface BuiltRoot {
  readonly snapshot: string;
  /** GiB. */
  readonly size?: number | undefined;
  readonly type?: string | undefined;
  readonly iops?: number | undefined;
  readonly deleteOnVmDeletion?: boolean | undefined;
}

export interface MappingPlan {
  /** What the source maps; nothing from scratch. */
  readonly inherited: readonly BlockDeviceMappingImage[];
  readonly fromScratch: boolean;
  readonly wanted: readonly WantedMapping[];
  /** How the source calls its root; `onlyRoot` from scratch. */
  readonly root: string;
  /** Option `root_device_name`. */
  readonly rootName?: string | undefined;
}

/** The options on devices. */
export interface WantedDevices {
  readonly omi_block_device_mappings: readonly WantedMapping[];
  readonly root_device_name: string | undefined;
}

/** A source as far as it says what its OMI maps. */
interface MappingSource {
  readonly image: Pick<Image, 'BlockDeviceMappings'>;
  readonly rootDevice: string;
}

/** What the new OMI maps, as far as the source and the options say it. @param source undefined from scratch. */
export const planDevices = (wanted: WantedDevices, source: MappingSource | undefined): MappingPlan => ({
  inherited: source?.image.BlockDeviceMappings ?? [],
  fromScratch: source === undefined,
  wanted: wanted.omi_block_device_mappings,
  root: source?.rootDevice ?? onlyRoot,
  rootName: wanted.root_device_name,
});

/** All devices that the new OMI maps, and what the user may not expect of them. */
export interface Mapped {
  readonly mappings: readonly BlockDeviceMappingImage[];
  readonly notices: readonly string[];
}

const withDev = (name: string): string => (name.startsWith('/dev/') ? name : `/dev/${name}`);

/**
 * Adds what the user wants to what the source maps, replaces or drops it, the root first.
 * @throws BuildError for what cannot be.
 */
export function mapDevices(plan: MappingPlan, built: BuiltRoot): Mapped {
  const notices: string[] = [];
  const { root, wanted, fromScratch } = plan;
  const rootNames = [onlyRoot, '/dev/xvda', ...(plan.rootName === undefined ? [] : [withDev(plan.rootName)])];
  const deviceOf = (written: string): string => {
    const name = withDev(written);
    if (!rootNames.includes(name)) return name;
    if (name !== root) notices.push(`${written} is taken as ${root}, the name of the root device`);
    return root;
  };
  if (plan.rootName !== undefined) deviceOf(plan.rootName);
  const devices = new Map<string, BlockDeviceMappingImage>();
  devices.set(root, { DeviceName: root, Bsu: rootBsu(built) });
  for (const mapping of plan.inherited) {
    const name = mapping.DeviceName;
    if (name !== undefined && name !== root) devices.set(name, mapping);
  }
  const named = new Set<string>();
  for (const one of wanted) {
    const device = deviceOf(one.device_name);
    const fault = (why: string): BuildError =>
      new BuildError(`omi_block_device_mappings: ${one.device_name} ${why}`);
    if (named.has(device)) throw fault('is there twice');
    named.add(device);
    if (device === root) {
      if (one.no_device) throw fault('is the root device and cannot be dropped');
      if (one.snapshot_id !== undefined)
        throw fault('is the root device: its snapshot is the one of this build');
      devices.set(root, { DeviceName: root, Bsu: wantedRoot(one, built) });
    } else if (one.no_device) {
      if (fromScratch) throw fault('cannot be dropped: from scratch there is nothing to inherit');
      if (!devices.delete(device))
        notices.push(`${one.device_name} is not mapped by the source: nothing to drop`);
    } else {
      devices.set(device, dataDevice(device, one, fault));
    }
  }
  return { mappings: [...devices.values()], notices: [...new Set(notices)] };
}

const rootBsu = ({ snapshot, size, type, iops, deleteOnVmDeletion }: BuiltRoot): BsuToCreate => ({
  SnapshotId: snapshot,
  ...(size === undefined ? {} : { VolumeSize: size }),
  ...(type === undefined ? {} : { VolumeType: type }),
  ...(type === 'io1' && iops !== undefined ? { Iops: iops } : {}),
  ...(deleteOnVmDeletion === undefined ? {} : { DeleteOnVmDeletion: deleteOnVmDeletion }),
});

/** What the list says of the root wins over what the root volume was made with. */
function wantedRoot(one: WantedMapping, built: BuiltRoot): BsuToCreate {
  return rootBsu({
    snapshot: built.snapshot,
    size: one.volume_size ?? built.size,
    type: one.volume_type ?? built.type,
    iops: one.iops ?? built.iops,
    deleteOnVmDeletion: one.delete_on_vm_deletion,
  });
}

function dataDevice(
  device: string,
  one: WantedMapping,
  fault: (why: string) => BuildError,
): BlockDeviceMappingImage {
  const { snapshot_id, volume_size, volume_type, iops, virtual_name } = one;
  const virtual = virtual_name === undefined ? {} : { VirtualDeviceName: virtual_name };
  if (snapshot_id === undefined && volume_size === undefined) {
    if (virtual_name === undefined) throw fault('needs volume_size or snapshot_id');
    return { DeviceName: device, ...virtual };
  }
  if (volume_type === 'io1' && iops === undefined) throw fault('is of type io1 and needs iops');
  if (volume_type !== 'io1' && iops !== undefined) throw fault('has iops, which only type io1 takes');
  return {
    DeviceName: device,
    ...virtual,
    Bsu: {
      DeleteOnVmDeletion: one.delete_on_vm_deletion,
      ...(snapshot_id === undefined ? {} : { SnapshotId: snapshot_id }),
      ...(volume_size === undefined ? {} : { VolumeSize: volume_size }),
      ...(volume_type === undefined ? {} : { VolumeType: volume_type }),
      ...(iops === undefined ? {} : { Iops: iops }),
    },
  };
}
