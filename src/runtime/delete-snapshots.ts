import type { Timing } from '../outscale/calls/contested.js';
import { removalOf } from '../outscale/calls/delete.js';
import { isSnapshotInUse } from '../outscale/errors.js';
import type { Tools } from './tools.js';

/**
 * Deletes the snapshots of an OMI that was deregistered, unless another OMI uses them.
 * @param image the ID of that OMI
 * @returns the snapshots that were deleted
 * @throws ApiError if the API refuses a deletion for another reason
 */
export async function deleteSnapshots(
  { image, snapshots }: { readonly image: string; readonly snapshots: readonly string[] },
  tools: Tools,
  time?: Timing,
): Promise<string[]> {
  const deleted: string[] = [];
  for (const SnapshotId of snapshots) {
    const { Images = [] } = await tools.cloud.call('ReadImages', {
      Filters: { BlockDeviceMappingSnapshotIds: [SnapshotId] },
    });
    // A list may still show the OMI for a while after its deletion.
    const user = Images.find(({ ImageId }) => ImageId !== image)?.ImageId;
    const skip = (why: string): void => tools.report.notice(`${SnapshotId} not deleted: ${why}`);
    if (user !== undefined) {
      skip(`still used by ${user}`);
      continue;
    }
    try {
      await tools.wait(removalOf(tools, SnapshotId, time));
      deleted.push(SnapshotId);
    } catch (error) {
      if (!isSnapshotInUse(error)) throw error;
      skip(error.reason);
    }
  }
  return deleted;
}
