import type { Timing } from '../outscale/calls/contested.js';
import { snapshotsOf } from '../outscale/calls/lookups.js';
import { ownershipTags } from '../outscale/ownership.js';
import { deleteSnapshots } from '../runtime/delete-snapshots.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './build-context.js';

/**
 * Deletes the snapshots of the replaced OMI when the block ends and the new OMI is final. Deletes only
 * snapshots that a build of build-omi created, as their tag shows.
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
    tools.report.notice(`force_delete_snapshot: ${others.join(', ')} not deleted: not created by build-omi`);
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
  run: async (discarded, tools) => await deleteDiscarded(discarded, tools),
};

/**
 * Deletes the snapshots unless an OMI uses them.
 * @throws ApiError if the API refuses a deletion for another reason
 */
export async function deleteDiscarded(
  discarded: { readonly image: string; readonly snapshots: readonly string[] },
  tools: Tools,
  time?: Timing,
): Promise<void> {
  // If the build has failed, the old OMI still needs them.
  if (tools.ledger.isFinalized) await deleteSnapshots(discarded, tools, time);
}
