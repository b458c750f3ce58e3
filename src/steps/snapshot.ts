import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { PermissionsOnResource } from '../outscale/api.js';
import { createSnapshot } from '../outscale/calls/create-once.js';
import { removalOf } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { asTags, readSnapshot, readVolume } from '../outscale/calls/lookups.js';
import { describeShares, missingShares, sharedWith } from '../outscale/calls/permissions.js';
import { ownershipTags, ownTags, tokenOf } from '../outscale/ownership.js';
import { tagOwn } from '../runtime/own-tags.js';
import { acquire, noting, type Resource, retract, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './build-context.js';
import type { BuildVolume } from './volume.js';

/** The snapshot of the build's volume. */
export interface BuildSnapshot {
  readonly id: string;
  /** Whether it has the ownership tags of the build. */
  readonly isTagged: boolean;
}

/**
 * Creates the snapshot and waits until it is completed: only then is its data final (user guide, "About
 * Snapshots").
 */
export async function takeSnapshot(
  volume: BuildVolume,
  target: Target,
  config: Pick<BuildConfig['image'], 'snapshot_users' | 'snapshot_groups'>,
  tools: Tools,
): Promise<Resource<BuildSnapshot, 'snapshot'>> {
  // A token used before may identify the snapshot of a commit that failed.
  const before = tools.ledger.count('snapshot');
  const what = before === 0 ? 'snapshot' : `snapshot-${before + 1}`;
  const token = tokenOf(tools.build, target.vm.vmId, what);
  return await tools.report.phase('Snapshot', () =>
    acquire(
      tools,
      'snapshot',
      { token, volume: volume.id },
      async (claim) => {
        const id = await createSnapshot(
          tools.cloud,
          {
            ClientToken: token,
            VolumeId: volume.id,
            Description: target.labels.name,
          },
          tools.signal,
          noting(claim, tools.ledger),
        );
        tools.ledger.update(claim, { id });
        tools.report.info(`Snapshot ${id}: started`);
        tools.report.output('snapshot-id', id);
        tools.report.output('snapshot-ids', JSON.stringify([id]));
        const own = [
          ...ownTags(tools.build, target.vm.vmId),
          { Key: ownershipTags.state, Value: 'building' },
        ];
        const isTagged = await tagOwn(id, { wanted: asTags(target.labels.snapshotTags), own }, tools);
        await tools.wait({
          what: `snapshot ${id}`,
          limit: 'snapshot',
          kind: `snapshot-${volume.size ?? 0}`,
          read: (reads) => reads.snapshot(id),
          done: ({ State }) => State === 'completed',
          failed: ({ State }) => (State === 'error' ? 'its state is error' : undefined),
          describe: ({ State, Progress }) => ({
            state: State ?? 'unknown',
            percent: Progress,
            queued: State === 'in-queue',
          }),
        });
        tools.report.result(`${id}: completed`);
        const everybody = config.snapshot_groups.includes('all');
        const shared = sharedWith(config.snapshot_users, everybody, target.account);
        if (shared !== undefined) await share(id, shared, tools);
        return { id, isTagged };
      },
      undoSnapshot,
    ),
  );
}

/**
 * Tags the snapshot as a product, so that cleanup never treats it as left by an orphaned build. One without
 * the ownership tags needs no tag while an OMI maps it.
 */
export async function markFinal(
  { id, isTagged }: BuildSnapshot,
  hasImage: boolean,
  tools: Tools,
): Promise<void> {
  if (!isTagged) {
    if (!hasImage)
      tools.report.warn(
        `Snapshot ${id} has no tag that names it a product: without an OMI of it, sweep --yes deletes it`,
      );
    return;
  }
  const Tags = [{ Key: ownershipTags.state, Value: 'kept' }];
  await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags }).catch((error: unknown) => {
    tools.onFailure();
    throw error;
  });
}

/** Permits others to create volumes from the snapshot, and checks the permissions. */
async function share(id: string, shared: PermissionsOnResource, tools: Tools): Promise<void> {
  await tools.cloud.call('UpdateSnapshot', {
    SnapshotId: id,
    PermissionsToCreateVolume: { Additions: shared },
  });
  const found = (await readSnapshot(tools.cloud, id))?.PermissionsToCreateVolume;
  const missing = missingShares(shared, found);
  if (missing.length > 0) throw new BuildError(`Snapshot ${id} is not shared with ${missing.join(', ')}`);
  tools.report.info(`Shared snapshot ${id} with ${describeShares(shared)}`);
}

export const undoSnapshot: Undo<'snapshot'> = {
  title: ({ id, token }) => `Delete snapshot ${id ?? `of ${token}`}`,
  released: ({ id, token }) => ({ kind: 'snapshot', id: id ?? `of ${token}`, how: 'deleted' }),
  run: async ({ id, token, volume, asked }, tools) => {
    const ids =
      id === undefined
        ? await findLate({
            what: `A snapshot with ClientToken ${token}`,
            asked,
            find: async () => await findByToken(token, tools),
            isImpossible: async () =>
              volume !== undefined && (await readVolume(tools.cloud, volume)) === undefined,
            shortTimeouts: tools.shortTimeouts,
            signal: tools.signal,
          })
        : [id];
    for (const one of ids ?? []) await tools.wait(removalOf(tools, one));
    retract(tools, ['snapshot-id', ''], ['snapshot-ids', '[]']);
  },
};

/** The snapshots created with a ClientToken; undefined if none is listed. */
async function findByToken(token: string, tools: Tools): Promise<string[] | undefined> {
  const { Snapshots = [] } = await tools.cloud.call('ReadSnapshots', { Filters: { ClientTokens: [token] } });
  const ids = Snapshots.flatMap(({ SnapshotId }) => SnapshotId ?? []);
  return ids.length === 0 ? undefined : ids;
}
