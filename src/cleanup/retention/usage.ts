import type { Image, PermissionsOnResource, Snapshot } from '../../outscale/api.js';
import { snapshotsOf } from '../../outscale/calls/lookups.js';
import { describeShares, sharedWith } from '../../outscale/calls/permissions.js';
import { ownershipTags } from '../../outscale/ownership.js';
import type { Inventory } from './inventory.js';

/** The use of an OMI and its snapshots. */
export interface Usage {
  /** Who uses it or may use it, as a sentence; undefined without users. */
  readonly why: string | undefined;
  /** The snapshots that builds created for it alone. */
  readonly own: readonly string[];
  /** The other snapshots that it maps. */
  readonly others: readonly string[];
}

/** The use of an OMI in an account. */
export function usageOf(image: Image, { account, images, snapshots, vms }: Inventory): Usage {
  const mapped = [...new Set(snapshotsOf(image))];
  const root = rootOf(image);
  const found = new Map(snapshots.map((snapshot) => [snapshot.SnapshotId, snapshot]));
  const userOf = (snapshot: string): string | undefined =>
    images.find((other) => other !== image && snapshotsOf(other).includes(snapshot))?.ImageId;
  const isMade = (id: string): boolean =>
    found.get(id)?.Tags?.some(({ Key }) => Key === ownershipTags.build) === true;
  const made = mapped.filter(isMade);
  // A data device that other OMIs map too does not protect this one: it is not deleted.
  const own = made.filter((id) => id === root || userOf(id) === undefined);
  const user = root === undefined ? undefined : userOf(root);
  const vm = vms.find(({ ImageId, State }) => ImageId === image.ImageId && State !== 'terminated')?.VmId;
  const why =
    (vm && `${vm} uses it`) ??
    sharing('it', image.PermissionsToLaunch, account) ??
    (user && `${user} maps its snapshot ${root}`) ??
    problemOf(root, root === undefined ? undefined : found.get(root), account);
  return { why, own, others: mapped.filter((id) => !own.includes(id)) };
}

const rootOf = ({ RootDeviceName, BlockDeviceMappings }: Image): string | undefined =>
  BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Bsu?.SnapshotId;

/** A response without permissions does not show that there are none. */
function sharing(
  what: string,
  permissions: PermissionsOnResource | undefined,
  account: string,
): string | undefined {
  if (permissions === undefined) return `nothing shows with whom ${what} is shared`;
  const { AccountIds = [], GlobalPermission = false } = permissions;
  const shared = sharedWith(AccountIds, GlobalPermission, account);
  return shared === undefined ? undefined : `${what} is shared with ${describeShares(shared)}`;
}

function problemOf(
  root: string | undefined,
  snapshot: Snapshot | undefined,
  account: string,
): string | undefined {
  if (root === undefined) return 'its root snapshot is unknown';
  if (snapshot?.AccountId !== account) return `its snapshot ${root} is not one of this account`;
  const isBuilding = snapshot.Tags?.some(
    ({ Key, Value }) => Key === ownershipTags.state && Value === 'building',
  );
  if (isBuilding) return 'its build has not ended';
  return sharing(`its snapshot ${root}`, snapshot.PermissionsToCreateVolume, account);
}
