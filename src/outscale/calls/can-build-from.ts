import type { Image, RequestOf } from '../api.js';
import type { Cloud } from '../client/client.js';
import { isGone, isPermission } from '../errors.js';
import { snapshotsOf } from './lookups.js';

/**
 * Whether this account may create volumes from the snapshots of another account's OMI, checked by a dry run.
 * @param volume the parameters of a volume from its root snapshot
 */
export async function mayBuildFrom(
  cloud: Cloud,
  image: Image,
  volume: { readonly ClientToken: string; readonly SnapshotId: string; readonly SubregionName: string },
): Promise<boolean> {
  const SnapshotIds = snapshotsOf(image);
  const { Snapshots = [] } = await cloud.call('ReadSnapshots', { Filters: { SnapshotIds } });
  if (!SnapshotIds.every((id) => Snapshots.some(({ SnapshotId }) => SnapshotId === id))) return false;
  try {
    await tryCreateVolume(cloud, volume);
    return true;
  } catch (error) {
    return !(isPermission(error) || isGone(error));
  }
}

/** Asks by a dry run for a volume. @throws the refusal of the API */
export async function tryCreateVolume(
  cloud: Cloud,
  volume: Omit<RequestOf<'CreateVolume'>, 'DryRun'>,
): Promise<void> {
  const { Volume } = await cloud.call('CreateVolume', { DryRun: true, ...volume });
  // An API that ignores DryRun has created a volume.
  const id = Volume?.VolumeId;
  if (id !== undefined) await cloud.call('DeleteVolume', { VolumeId: id });
}
