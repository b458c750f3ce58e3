import type { Claim } from '../ledger/claims.js';
import { createSnapshot } from '../outscale/calls/create-once.js';
import { removalOf } from '../outscale/calls/delete.js';
import { findLate } from '../outscale/calls/late.js';
import { asTags, readVolume } from '../outscale/calls/lookups.js';
import { isConflict } from '../outscale/errors.js';
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
  /** When it was requested, by performance.now(). */
  readonly requested: number;
  /** In another region: the IDs there of the other snapshots that the OMI maps, by their IDs here. */
  readonly others?: ReadonlyMap<string, string>;
}

type SnapshotResource = Resource<BuildSnapshot, 'snapshot'>;

/** Requests the snapshot. Its data is final when `completeSnapshot` returns. */
export async function requestSnapshot(
  volume: BuildVolume,
  target: Target,
  tools: Tools,
): Promise<SnapshotResource> {
  return await tools.report.phase('Request snapshot', () =>
    acquireSnapshot(volume, target, tools, async (ask) => await create(ask, target, tools)),
  );
}

/** The same for a volume that is attached. @returns undefined if the API refuses that with a conflict */
export async function tryRequestSnapshot(
  volume: BuildVolume,
  target: Target,
  tools: Tools,
): Promise<SnapshotResource | undefined> {
  return await tools.report.phase('Request snapshot', async () => {
    const { value, ...resource } = await acquireSnapshot(volume, target, tools, async (ask, claim) => {
      try {
        return await create(ask, target, tools);
      } catch (error) {
        // After a lost response the API may still create it.
        if (!isConflict(error) || claim.data.asked != null || claim.data.id !== undefined) throw error;
        tools.ledger.close(claim);
        tools.report.info(`The snapshot is taken after detaching: ${error.reason}`);
        return undefined;
      }
    });
    return value === undefined ? undefined : { ...resource, value };
  });
}

async function acquireSnapshot<T>(
  volume: BuildVolume,
  { vm, labels }: Target,
  tools: Tools,
  work: (ask: () => Promise<string>, claim: Claim<'snapshot'>) => Promise<T>,
): Promise<Resource<T, 'snapshot'>> {
  // A token used before may identify the snapshot of a commit that failed.
  const before = tools.ledger.count('snapshot');
  const token = tokenOf(tools.build, vm.vmId, before === 0 ? 'snapshot' : `snapshot-${before + 1}`);
  return await acquire(
    tools,
    'snapshot',
    { token, volume: volume.id },
    async (claim) => {
      const request = { ClientToken: token, VolumeId: volume.id, Description: labels.name };
      const watch = noting(claim, tools.ledger);
      const ask = async (): Promise<string> => {
        const id = await createSnapshot(tools.cloud, request, tools.signal, watch);
        tools.ledger.update(claim, { id });
        return id;
      };
      return await work(ask, claim);
    },
    undoSnapshot,
  );
}

async function create(ask: () => Promise<string>, target: Target, tools: Tools): Promise<BuildSnapshot> {
  const requested = performance.now();
  const id = await ask();
  tools.report.info(`Snapshot ${id}: started`);
  tools.report.output('snapshot-id', id);
  tools.report.output('snapshot-ids', JSON.stringify([id]));
  const own = [...ownTags(tools.build, target.vm.vmId), { Key: ownershipTags.state, Value: 'building' }];
  const isTagged = await tagOwn(id, { wanted: asTags(target.labels.snapshotTags), own }, tools);
  return { id, isTagged, requested };
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

export const undoSnapshot: Undo<'snapshot'> = {
  title: ({ id, token }) => `Delete snapshot ${id ?? `of ${token}`}`,
  released: ({ id }) => (id === undefined ? undefined : { kind: 'snapshot', id, how: 'deleted' }),
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
