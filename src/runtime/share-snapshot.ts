import { BuildError } from '../common/errors.js';
import type { PermissionsOnResource } from '../outscale/api.js';
import { readSnapshot } from '../outscale/calls/lookups.js';
import { describeShares, missingShares } from '../outscale/calls/permissions.js';
import type { Tools } from './tools.js';

/** Permits others to create volumes from a snapshot, and checks the permissions. */
export async function shareSnapshot(id: string, shared: PermissionsOnResource, tools: Tools): Promise<void> {
  await tools.cloud.call('UpdateSnapshot', {
    SnapshotId: id,
    PermissionsToCreateVolume: { Additions: shared },
  });
  const found = (await readSnapshot(tools.cloud, id))?.PermissionsToCreateVolume;
  const missing = missingShares(shared, found);
  if (missing.length > 0) throw new BuildError(`Snapshot ${id} is not shared with ${missing.join(', ')}`);
  tools.report.info(`Shared snapshot ${id} with ${describeShares(shared)}`);
}
