import type { BuildConfig } from '../../config/options/table.js';
import { sharedWith } from '../../outscale/calls/permissions.js';
import { shareSnapshot } from '../../runtime/share-snapshot.js';
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
    const everybody = config.snapshot_groups.includes('all');
    const shared = sharedWith(config.snapshot_users, everybody, target.account);
    if (shared !== undefined) await shareSnapshot(snapshot.id, shared, tools);
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
    read: (reads) => reads.snapshot(id),
    done: ({ State }) => State === 'completed',
    failed: ({ State }) => (State === 'error' ? 'its state is error' : undefined),
    describe: ({ State, Progress }) => ({
      state: State ?? 'unknown',
      percent: Progress,
      queued: State === 'in-queue',
    }),
  });
}
