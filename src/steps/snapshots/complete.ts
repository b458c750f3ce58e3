import type { BuildConfig } from '../../config/options/table.js';
import { untilCompleted } from '../../outscale/calls/snapshot-states.js';
import { shareAsWanted } from '../../runtime/share-snapshot.js';
import type { Tools } from '../../runtime/tools.js';
import type { Target } from '../build-context.js';
import type { BuildSnapshot } from '../snapshot.js';
import type { BuildVolume } from '../volume.js';

/**
 * Waits until the snapshot is completed: only then is its data final (user guide, "About Snapshots"). Then
 * shares it.
 */
export async function completeSnapshot(
  snapshot: BuildSnapshot,
  volume: BuildVolume,
  target: Target,
  config: Pick<BuildConfig['image'], 'snapshot_users' | 'snapshot_groups'>,
  tools: Tools,
): Promise<void> {
  await tools.report.phase('Snapshot', async () => {
    await awaitSnapshot(snapshot, volume, tools);
    tools.report.result(`${snapshot.id}: completed`);
    await shareAsWanted(snapshot.id, config, target.account, tools);
  });
}

/** Waits until the snapshot is completed. */
async function awaitSnapshot(
  { id, requested }: BuildSnapshot,
  { size = 0 }: BuildVolume,
  tools: Tools,
): Promise<void> {
  await tools.wait({
    what: `snapshot ${id}`,
    limit: 'snapshot',
    kind: `snapshot-${size}`,
    begun: requested,
    resource: ['snapshot', id],
    read: (reads) => reads.snapshot(id, untilCompleted.done),
    ...untilCompleted,
  });
}
