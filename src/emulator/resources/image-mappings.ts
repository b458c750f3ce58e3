import type { BlockDeviceMappingImage } from '../../outscale/api.js';
import { invalid, missing, parameterCodes } from '../model/errors.js';
import { checkSize } from '../model/sizes.js';
import type { StoredMapping } from '../model/world.js';
import { isDeviceName } from '../storage/device-links.js';
import type { Caller, Cloud } from './context.js';
import { newSnapshot } from './create-snapshot.js';
import { usableSnapshot } from './usable.js';

/** Checks one block device mapping of a registration. @throws ApiError if the mapping is invalid */
export function checkMapping(
  { DeviceName: device, VirtualDeviceName, Bsu }: BlockDeviceMappingImage,
  rootDevice: string,
  caller: Caller,
  cloud: Cloud,
): StoredMapping {
  if (device === undefined) throw missing('BlockDeviceMappings.DeviceName');
  if (device !== rootDevice && !isDeviceName(device))
    throw invalid('BlockDeviceMappings.DeviceName', `'${device}'`, parameterCodes.device);
  const virtual = VirtualDeviceName === undefined ? {} : { virtualName: VirtualDeviceName };
  if (Bsu === undefined) {
    if (VirtualDeviceName === undefined) throw missing('BlockDeviceMappings.Bsu');
    return { device, ...virtual };
  }
  const snapshot = Bsu.SnapshotId === undefined ? undefined : usableSnapshot(Bsu.SnapshotId, caller, cloud);
  const prefix = 'BlockDeviceMappings.Bsu';
  const request = { type: Bsu.VolumeType, size: Bsu.VolumeSize, iops: Bsu.Iops };
  const { type, size } = checkSize(request, snapshot?.size, {
    size: `${prefix}.VolumeSize`,
    type: `${prefix}.VolumeType`,
    iops: `${prefix}.Iops`,
  });
  return {
    device,
    ...virtual,
    size,
    type,
    ...(snapshot === undefined ? {} : { snapshot: snapshot.id }),
    ...(Bsu.Iops === undefined ? {} : { iops: Bsu.Iops }),
    // "By default or if set to true, the volume is deleted when terminating the VM."
    deleteOnVmDeletion: Bsu.DeleteOnVmDeletion ?? true,
  };
}

/** The snapshots of a copy belong to the caller, those of data devices too. */
export function copyMapping(
  mapping: StoredMapping,
  image: string,
  caller: Caller,
  cloud: Cloud,
): StoredMapping {
  const source = mapping.snapshot === undefined ? undefined : cloud.world.snapshots[mapping.snapshot];
  if (source === undefined) return mapping;
  const draft = { source: { snapshot: source.id }, size: source.size, duration: cloud.settings.latency };
  return { ...mapping, snapshot: newSnapshot(draft, `Copy of ${source.id} for ${image}`, caller, cloud).id };
}
