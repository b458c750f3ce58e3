import type { LinkedVolume, RequestOf, ResponseOf, Volume } from '../../outscale/api.js';
import { wrongVolumeState } from '../model/errors.js';
import type { StoredLink, StoredVolume } from '../model/world.js';
import { type Call, type Cloud, isoDate, own } from './context.js';
import { type Filters, fits, flag, oneOf, tagFilters } from './filters.js';
import { page } from './pages.js';
import { isComplete, linkState, volumeState } from './states.js';
import { showTags } from './tags.js';

/** Schema `Volume`. */
export function showVolume(volume: StoredVolume, now: number, { world, settings }: Cloud): Volume {
  return {
    VolumeId: volume.id,
    State: volumeState(volume, now, settings.latency),
    Size: volume.size,
    VolumeType: volume.type,
    SubregionName: volume.subregion,
    CreationDate: isoDate(volume.created),
    LinkedVolumes: volume.link ? [showLink(volume.id, volume.link, world.vm.id, now, settings.latency)] : [],
    Tags: showTags(volume.tags),
    ...(volume.iops === undefined ? {} : { Iops: volume.iops }),
    ...(volume.snapshot === undefined ? {} : { SnapshotId: volume.snapshot }),
    ...(volume.once === undefined ? {} : { ClientToken: volume.once.token }),
  };
}

/** Schema `LinkedVolume`. */
const showLink = (
  VolumeId: string,
  link: StoredLink,
  VmId: string,
  now: number,
  latency: number,
): LinkedVolume => ({
  VolumeId,
  VmId: link.vm ?? VmId,
  DeviceName: link.device,
  State: linkState(link, now, latency),
  DeleteOnVmDeletion: link.deleteOnVmDeletion,
});

interface Shown {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly volume: StoredVolume;
  readonly now: number;
  readonly cloud: Cloud;
}

const filters: Filters<NonNullable<RequestOf<'ReadVolumes'>['Filters']>, Shown> = {
  ClientTokens: oneOf(({ volume }: Shown) => volume.once?.token),
  CreationDates: oneOf(({ volume }: Shown) => isoDate(volume.created)),
  LinkVolumeDeleteOnVmDeletion: flag(({ volume }: Shown) =>
    volume.link ? [volume.link.deleteOnVmDeletion] : [],
  ),
  LinkVolumeDeviceNames: oneOf(({ volume }: Shown) => volume.link?.device),
  LinkVolumeLinkDates: oneOf(({ volume }: Shown) => volume.link && isoDate(volume.link.since)),
  LinkVolumeLinkStates: oneOf(
    ({ volume, now, cloud }: Shown) => volume.link && linkState(volume.link, now, cloud.settings.latency),
  ),
  LinkVolumeVmIds: oneOf(({ volume, cloud }: Shown) => volume.link && (volume.link.vm ?? cloud.world.vm.id)),
  SnapshotIds: oneOf(({ volume }: Shown) => volume.snapshot),
  SubregionNames: oneOf(({ volume }: Shown) => volume.subregion),
  ...tagFilters,
  VolumeIds: oneOf(({ volume }: Shown) => volume.id),
  VolumeSizes: oneOf(({ volume }: Shown) => volume.size),
  VolumeStates: oneOf(({ volume, now, cloud }: Shown) => volumeState(volume, now, cloud.settings.latency)),
  VolumeTypes: oneOf(({ volume }: Shown) => volume.type),
};

/** "Lists one or more specified Block Storage Unit (BSU) volumes." */
export const readVolumes: Call<RequestOf<'ReadVolumes'>, ResponseOf<'ReadVolumes'>> =
  (request, { account, now }, cloud) =>
  () => {
    const mine = Object.values(cloud.world.volumes)
      .filter((volume) => volume.account === account)
      .map((volume) => ({ id: volume.id, tags: volume.tags, volume, now, cloud }));
    const { items, next } = page(
      mine.filter((item) => fits(filters, request.Filters, item)),
      request,
    );
    return { Volumes: items.map(({ volume }) => showVolume(volume, now, cloud)), ...next };
  };

/**
 * "You can delete available volumes only, that is, volumes that are not attached to a virtual machine (VM)."
 * A pending snapshot of the volume fails, because its data is final only when it is completed (user guide).
 */
export const deleteVolume: Call<RequestOf<'DeleteVolume'>, ResponseOf<'DeleteVolume'>> = (
  request,
  caller,
  cloud,
) => {
  const volume = own(cloud, 'volumes', request.VolumeId, caller);
  const state = volumeState(volume, caller.now, cloud.settings.latency);
  if (state !== 'available' && state !== 'error') throw wrongVolumeState(volume.id, state, 'available');
  return () => {
    volume.deleted = caller.now;
    for (const snapshot of Object.values(cloud.world.snapshots)) {
      const isOfIt = 'volume' in snapshot.source && snapshot.source.volume === volume.id;
      if (isOfIt && !isComplete(snapshot)) snapshot.failed = 'the volume was deleted before it was completed';
    }
    return {};
  };
};
