import type { Image } from '../api.js';
import type { Cloud } from '../client/client.js';
import { isGone, isPermission } from '../errors.js';
import { snapshotsOf } from './lookups.js';

/**
 * Whether the API would make volumes of the snapshots of another account's OMI, as a dry run tells.
 * @param volume what a volume of its root would be asked for with
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
    const { Volume } = await cloud.call('CreateVolume', { DryRun: true, ...volume });
    // A cloud that does not know DryRun has made one.
    const id = Volume?.VolumeId;
    if (id !== undefined) await cloud.call('DeleteVolume', { VolumeId: id });
    return true;
  } catch (error) {
    return !(isPermission(error) || isGone(error));
  }
}
