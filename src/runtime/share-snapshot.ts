import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { PermissionsOnResource } from '../outscale/api.js';
import { readSnapshot } from '../outscale/calls/lookups.js';
import { describeShares, missingShares, sharedWith } from '../outscale/calls/permissions.js';
import type { Tools } from './tools.js';

/** Permits others to create volumes from a snapshot, and checks the permissions. */
async function shareSnapshot(id: string, shared: PermissionsOnResource, tools: Tools): Promise<void> {
  await tools.cloud.call('UpdateSnapshot', {
    SnapshotId: id,
    PermissionsToCreateVolume: { Additions: shared },
  });
  const found = (await readSnapshot(tools.cloud, id))?.PermissionsToCreateVolume;
  const missing = missingShares(shared, found);
  if (missing.length > 0) throw new BuildError(`Snapshot ${id} is not shared with ${missing.join(', ')}`);
  tools.report.info(`Shared snapshot ${id} with ${describeShares(shared)}`);
}

/** Shares a completed snapshot with those that the options name. @param account which owns it */
export async function shareAsWanted(
  id: string,
  {
    snapshot_users: users,
    snapshot_groups: groups,
  }: Pick<BuildConfig['image'], 'snapshot_users' | 'snapshot_groups'>,
  account: string,
  tools: Tools,
): Promise<void> {
  const shared = sharedWith(users, groups.includes('all'), account);
  if (shared !== undefined) await shareSnapshot(id, shared, tools);
}
