import type { RequestOf, ResponseOf, Snapshot } from '../../outscale/api.js';
import { conflict, snapshotInUse } from '../model/errors.js';
import type { StoredSnapshot } from '../model/world.js';
import { alias, type Call, type Caller, type Cloud, isoDate, own } from './context.js';
import { isOpen } from './exports/tasks.js';
import { type Filters, fits, flag, oneOf, tagFilters } from './filters.js';
import { page } from './pages.js';
import { checkPermissions, mayUse, showPermissions } from './permissions.js';
import { isDeleted, snapshotProgress, snapshotState } from './states.js';
import { showTags } from './tags.js';

/** Schema `Snapshot`. */
export function showSnapshot(snapshot: StoredSnapshot, caller: Caller, cloud: Cloud): Snapshot {
  const { now } = caller;
  const { id, account, source, once } = snapshot;
  // The real API shows no alias on one's own snapshots.
  const owner = account === caller.account ? undefined : alias(cloud, account);
  return {
    SnapshotId: id,
    State: snapshotState(snapshot, now),
    Progress: snapshotProgress(snapshot, now),
    AccountId: account,
    CreationDate: isoDate(snapshot.created),
    Description: snapshot.description,
    PermissionsToCreateVolume: showPermissions(snapshot.permissions),
    Tags: showTags(snapshot.tags),
    VolumeSize: snapshot.size,
    ...('volume' in source ? { VolumeId: source.volume } : {}),
    ...(owner === undefined ? {} : { AccountAlias: owner }),
    ...(once === undefined ? {} : { ClientToken: once.token }),
  };
}

interface Shown {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly snapshot: StoredSnapshot;
  readonly now: number;
  readonly cloud: Cloud;
}

const filters: Filters<NonNullable<RequestOf<'ReadSnapshots'>['Filters']>, Shown> = {
  AccountAliases: oneOf(({ snapshot, cloud }: Shown) => alias(cloud, snapshot.account)),
  AccountIds: oneOf(({ snapshot }: Shown) => snapshot.account),
  ClientTokens: oneOf(({ snapshot }: Shown) => snapshot.once?.token),
  Descriptions: oneOf(({ snapshot }: Shown) => snapshot.description),
  FromCreationDate: ({ snapshot }, wanted) => snapshot.created >= Date.parse(wanted),
  PermissionsToCreateVolumeAccountIds: oneOf(({ snapshot }: Shown) => snapshot.permissions.accountIds),
  PermissionsToCreateVolumeGlobalPermission: flag(({ snapshot }: Shown) => snapshot.permissions.global),
  Progresses: oneOf(({ snapshot, now }: Shown) => snapshotProgress(snapshot, now)),
  SnapshotIds: oneOf(({ snapshot }: Shown) => snapshot.id),
  States: oneOf(({ snapshot, now }: Shown) => snapshotState(snapshot, now)),
  ...tagFilters,
  ToCreationDate: ({ snapshot }, wanted) => snapshot.created <= Date.parse(wanted),
  VolumeIds: oneOf(({ snapshot: { source } }: Shown) => ('volume' in source ? source.volume : undefined)),
  VolumeSizes: oneOf(({ snapshot }: Shown) => snapshot.size),
};

/**
 * "Lists one or more snapshots that are available to you and the permissions to create volumes from them."
 */
export const readSnapshots: Call<RequestOf<'ReadSnapshots'>, ResponseOf<'ReadSnapshots'>> =
  (request, caller, cloud) => () => {
    const { account, now } = caller;
    const visible = Object.values(cloud.world.snapshots)
      .filter((snapshot) => mayUse(snapshot, account) && !isDeleted(snapshot, now, cloud.settings))
      .map((snapshot) => ({ id: snapshot.id, tags: snapshot.tags, snapshot, now, cloud }));
    const { items, next } = page(
      visible.filter((item) => fits(filters, request.Filters, item)),
      request,
    );
    return { Snapshots: items.map(({ snapshot }) => showSnapshot(snapshot, caller, cloud)), ...next };
  };

/** "Modifies the permissions for a specified snapshot." */
export const updateSnapshot: Call<RequestOf<'UpdateSnapshot'>, ResponseOf<'UpdateSnapshot'>> = (
  request,
  caller,
  cloud,
) => {
  const snapshot = own(cloud, 'snapshots', request.SnapshotId, caller);
  const change = checkPermissions('PermissionsToCreateVolume', request.PermissionsToCreateVolume);
  return () => {
    change(snapshot.permissions);
    return { Snapshot: showSnapshot(snapshot, caller, cloud) };
  };
};

/** "You cannot delete a snapshot that is currently used by an OUTSCALE machine image (OMI)." */
export const deleteSnapshot: Call<RequestOf<'DeleteSnapshot'>, ResponseOf<'DeleteSnapshot'>> = (
  request,
  caller,
  { world },
) => {
  const snapshot = own({ world }, 'snapshots', request.SnapshotId, caller);
  const user = Object.values(world.images).find(({ mappings }) =>
    mappings.some((mapping) => mapping.snapshot === snapshot.id),
  );
  if (user) throw snapshotInUse(snapshot.id, user.id);
  const task = Object.values(world.exports).find((one) => isOpen(one) && one.of === snapshot.id);
  if (task) throw conflict(`The snapshot '${snapshot.id}' is being exported by '${task.id}'.`);
  return () => {
    snapshot.deleted = caller.now;
    return {};
  };
};
