import type { RequestOf, ResponseOf } from '../../outscale/api.js';
import { invalid } from '../model/errors.js';
import { checkSize } from '../model/sizes.js';
import { newId, type StoredVolume } from '../model/world.js';
import type { Call } from './context.js';
import { idempotency } from './idempotency.js';
import { usableSnapshot } from './usable.js';
import { showVolume } from './volumes.js';

/** "You can create an empty volume or restore a volume from an existing snapshot." */
export const createVolume: Call<RequestOf<'CreateVolume'>, ResponseOf<'CreateVolume'>> = (
  request,
  caller,
  cloud,
) => {
  const { world, settings } = cloud;
  const { earlier, once } = idempotency(world.volumes, request, caller);
  if (earlier) return () => ({ Volume: showVolume(earlier, caller.now, cloud) });
  if (!new RegExp(`^${settings.region}[a-z]$`).test(request.SubregionName))
    throw invalid('SubregionName', `not a Subregion of ${settings.region}`);
  const snapshot =
    request.SnapshotId === undefined ? undefined : usableSnapshot(request.SnapshotId, caller, cloud);
  const size = checkSize(
    { type: request.VolumeType, size: request.Size, iops: request.Iops },
    snapshot?.size,
    { size: 'Size', type: 'VolumeType', iops: 'Iops' },
  );
  return () => {
    const volume: StoredVolume = {
      id: newId('vol'),
      account: caller.account,
      created: caller.now,
      tags: {},
      subregion: request.SubregionName,
      ...size,
      ...(snapshot ? { snapshot: snapshot.id } : {}),
      ...(once ? { once } : {}),
    };
    world.volumes[volume.id] = volume;
    return { Volume: showVolume(volume, caller.now, cloud) };
  };
};
