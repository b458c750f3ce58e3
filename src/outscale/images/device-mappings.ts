import { BuildError } from '../../common/errors.js';
import type { BlockDeviceMappingImage, BsuToCreate, Image } from '../api.js';

/** The only root device that Outscale supports (`RootDeviceNames` of schema `FiltersImage`). */
const onlyRoot = '/dev/sda1';

/** A requested device mapping; the fields of option `omi_block_device_mappings`. */
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

/** The root volume that the build created. */
export interface BuiltRoot {
  readonly snapshot: string;
  /** GiB. */
  readonly size?: number | undefined;
  readonly type?: string | undefined;
  readonly iops?: number | undefined;
  readonly deleteOnVmDeletion?: boolean | undefined;
}

export interface MappingPlan {
  /** The mappings of the source; empty for a build from scratch. */
  readonly inherited: readonly BlockDeviceMappingImage[];
  readonly fromScratch: boolean;
  readonly wanted: readonly WantedMapping[];
  /** Root device name of the source; `onlyRoot` for a build from scratch. */
  readonly root: string;
  /** Option `root_device_name`. */
  readonly rootName?: string | undefined;
}

/** The options for devices. */
export interface WantedDevices {
  readonly omi_block_device_mappings: readonly WantedMapping[];
  readonly root_device_name: string | undefined;
}

/** The part of a source that describes its mappings. */
interface MappingSource {
  readonly image: Pick<Image, 'BlockDeviceMappings'>;
  readonly rootDevice: string;
}

/** Collects the mappings of the source and the options. @param source undefined for a build from scratch. */
export const planDevices = (wanted: WantedDevices, source: MappingSource | undefined): MappingPlan => ({
  inherited: source?.image.BlockDeviceMappings ?? [],
  fromScratch: source === undefined,
  wanted: wanted.omi_block_device_mappings,
  root: source?.rootDevice ?? onlyRoot,
  rootName: wanted.root_device_name,
});

/** The devices that the new OMI maps, and notices about unexpected effects. */
export interface Mapped {
  readonly mappings: readonly BlockDeviceMappingImage[];
  readonly notices: readonly string[];
}

const withDev = (name: string): string => (name.startsWith('/dev/') ? name : `/dev/${name}`);

/**
 * Applies the requested mappings to those of the source: adds, replaces or drops devices. The root comes
 * first.
 * @throws BuildError for an invalid mapping.
 */
export function mapDevices(plan: MappingPlan, built: BuiltRoot): Mapped {
  const notices: string[] = [];
  const { root, wanted, fromScratch } = plan;
  const rootNames = [onlyRoot, '/dev/xvda', ...(plan.rootName === undefined ? [] : [withDev(plan.rootName)])];
  const deviceOf = (written: string): string => {
    const name = withDev(written);
    if (!rootNames.includes(name)) return name;
    if (name !== root) notices.push(`${written} is treated as ${root}, the name of the root device`);
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
    const invalid = (why: string): BuildError =>
      new BuildError(`omi_block_device_mappings: ${one.device_name} ${why}`);
    if (named.has(device)) throw invalid('is given twice');
    named.add(device);
    if (device === root) {
      if (one.no_device) throw invalid('is the root device and cannot be dropped');
      if (one.snapshot_id !== undefined)
        throw invalid('is the root device; its snapshot is always the one of this build');
      devices.set(root, { DeviceName: root, Bsu: wantedRoot(one, built) });
    } else if (one.no_device) {
      if (fromScratch) throw invalid('cannot be dropped: a build from scratch inherits no devices');
      if (!devices.delete(device)) notices.push(`${one.device_name} not dropped: the source does not map it`);
    } else {
      devices.set(device, dataDevice(device, one, invalid));
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

/** A requested mapping of the root overrides the parameters of the root volume. */
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
  invalid: (why: string) => BuildError,
): BlockDeviceMappingImage {
  const { snapshot_id, volume_size, volume_type, iops, virtual_name } = one;
  const virtual = virtual_name === undefined ? {} : { VirtualDeviceName: virtual_name };
  if (snapshot_id === undefined && volume_size === undefined) {
    if (virtual_name === undefined) throw invalid('needs volume_size or snapshot_id');
    return { DeviceName: device, ...virtual };
  }
  if (volume_type === 'io1' && iops === undefined) throw invalid('has type io1 and needs iops');
  if (volume_type !== 'io1' && iops !== undefined)
    throw invalid('has iops, which is only valid for type io1');
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
