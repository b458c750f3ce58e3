import { removalOf } from '../outscale/calls/delete.js';
import { snapshotsOf } from '../outscale/calls/lookups.js';
import { isConflict } from '../outscale/errors.js';
import { ownershipTags } from '../outscale/ownership.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './check.js';

/**
 * Has the snapshots of the replaced OMI deleted when its block ends with the new OMI kept, and only those that a build
 * made from its own volume, as their tag says.
 */
export async function discardSnapshots(
  target: Target,
  isWanted: boolean,
  tools: Tools,
): Promise<Resource<void, 'discarded'> | undefined> {
  const { replaces, account } = target;
  if (replaces === undefined || !isWanted) return undefined;
  const mapped = snapshotsOf(replaces);
  const { Tags = [] } = await tools.cloud.call('ReadTags', {
    Filters: { Keys: [ownershipTags.build], ResourceIds: mapped },
  });
  const { Snapshots = [] } = await tools.cloud.call('ReadSnapshots', {
    Filters: { SnapshotIds: mapped, AccountIds: [account] },
  });
  const isOurs = (id: string): boolean =>
    Tags.some(({ ResourceId }) => ResourceId === id) && Snapshots.some(({ SnapshotId }) => SnapshotId === id);
  const others = mapped.filter((id) => !isOurs(id));
  if (others.length > 0)
    tools.report.notice(`force_delete_snapshot leaves ${others.join(', ')}: no build-omi build made it`);
  const { ImageId: image = '' } = replaces;
  return await acquire(
    tools,
    'discarded',
    { image, snapshots: mapped.filter(isOurs) },
    () => Promise.resolve(),
    undoDiscarded,
  );
}

export const undoDiscarded: Undo<'discarded'> = {
  title: ({ image }) => `Delete the snapshots of ${image}`,
  run: async ({ image, snapshots }, tools) => {
    // Without the new OMI the old one needs them.
    if (!tools.ledger.kept) return;
    for (const SnapshotId of snapshots) {
      const { Images = [] } = await tools.cloud.call('ReadImages', {
        Filters: { BlockDeviceMappingSnapshotIds: [SnapshotId] },
      });
      // A list that lags shows the replaced OMI after its deletion.
      const user = Images.find(({ ImageId }) => ImageId !== image)?.ImageId;
      const leave = (who: string): void => tools.report.notice(`${SnapshotId} is left: ${who} maps it`);
      if (user !== undefined) {
        leave(user);
        continue;
      }
      await tools.wait(removalOf(tools.cloud, SnapshotId)).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
        leave('another OMI');
      });
    }
  },
};
