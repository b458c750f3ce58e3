import type { RequestOf, ResponseOf } from '../../outscale/api.js';
import { invalid, missing, parameterCodes, wrongVolumeState } from '../model/errors.js';
import { checkSize } from '../model/sizes.js';
import { bytesOf } from '../model/world.js';
import { type Call, own } from './context.js';
import { volumeState } from './states.js';
import { showVolume } from './volumes.js';

/**
 * "Modifies the specified attributes of a volume." The size must be "equal to or greater than the current
 * size". The emulator changes it at once, and only while the volume is not attached.
 */
export const updateVolume: Call<RequestOf<'UpdateVolume'>, ResponseOf<'UpdateVolume'>> = (
  request,
  caller,
  cloud,
) => {
  const volume = own(cloud, 'volumes', request.VolumeId, caller);
  const { Size: size = volume.size, VolumeType: type = volume.type } = request;
  if ([request.Size, request.VolumeType, request.Iops].every((value) => value === undefined))
    throw missing('Size');
  const state = volumeState(volume, caller.now, cloud.settings.latency);
  if (state !== 'available' && (state !== 'in-use' || size !== volume.size))
    throw wrongVolumeState(volume.id, state, 'available');
  if (size < volume.size) throw invalid('Size', `the volume has ${volume.size} GiB`, parameterCodes.tooSmall);
  const kept = type === 'io1' && volume.type === 'io1' ? volume.iops : undefined;
  const names = { size: 'Size', type: 'VolumeType', iops: 'Iops' };
  const next = checkSize({ type, size, iops: request.Iops ?? kept }, undefined, names);
  return () => {
    if (size > volume.size) cloud.disks.grow(volume.id, bytesOf(size));
    volume.size = next.size;
    volume.type = next.type;
    delete volume.iops;
    if (next.iops !== undefined) volume.iops = next.iops;
    return { Volume: showVolume(volume, caller.now, cloud) };
  };
};
