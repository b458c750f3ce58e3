import { describe } from '../common/errors.js';
import { isRemoved } from '../outscale/calls/delete.js';
import type { Tools } from '../runtime/tools.js';

/**
 * Looks at the volumes and snapshots whose deletion the API accepted in earlier builds. One that still exists
 * and is not being deleted is a warning: the builds have ended, and no ledger names it.
 */
export async function lookBack({ deletions, cloud, report }: Tools): Promise<void> {
  const ids = deletions.take();
  try {
    for (const { id, state } of await statesOf(ids, cloud))
      if (!isRemoved(state))
        report.warn(`${id} still exists (${state ?? 'unknown'}), although the API accepted its deletion`);
  } catch (error) {
    report.debug(`Deletions of earlier builds not checked: ${describe(error)}`);
  }
}

interface Found {
  readonly id: string;
  readonly state: string | undefined;
}

/** The states of those that the API lists. */
async function statesOf(ids: readonly string[], cloud: Tools['cloud']): Promise<Found[]> {
  const [VolumeIds, SnapshotIds] = ['vol-', 'snap-'].map((kind) => ids.filter((id) => id.startsWith(kind)));
  const { Volumes = [] } = VolumeIds?.length
    ? await cloud.call('ReadVolumes', { Filters: { VolumeIds } })
    : {};
  const { Snapshots = [] } = SnapshotIds?.length
    ? await cloud.call('ReadSnapshots', { Filters: { SnapshotIds } })
    : {};
  return [
    ...Volumes.map(({ VolumeId: id = '', State: state }) => ({ id, state })),
    ...Snapshots.map(({ SnapshotId: id = '', State: state }) => ({ id, state })),
  ].filter(({ id }) => ids.includes(id));
}
