import type { Image, ResourceTag, Snapshot } from '../../outscale/api.js';
import { asTags } from '../../outscale/calls/lookups.js';
import { sameShares, sharedWith } from '../../outscale/calls/permissions.js';
import { ownershipTags } from '../../outscale/ownership.js';
import type { Tools } from '../../runtime/tools.js';
import type { FoundImage } from './found.js';
import type { WantedImage, WantedTags } from './wanted.js';

/**
 * The newest available OMI of the account that was built from the same, with the same name and permissions.
 * Logs why another one with the digest is not reused. Changes nothing.
 */
export async function findUnchangedImage(wanted: WantedImage, tools: Tools): Promise<FoundImage | undefined> {
  const { account, digest } = wanted;
  const { Images = [] } = await tools.cloud.call('ReadImages', {
    Filters: { AccountIds: [account], Tags: [`${ownershipTags.digest}=${digest}`], States: ['available'] },
  });
  // A compatible cloud may ignore a filter.
  const own = Images.filter(
    ({ AccountId = account, State, Tags }) =>
      AccountId === account && State === 'available' && tagValue(Tags, ownershipTags.digest) === digest,
  );
  for (const image of own.toSorted(newestFirst)) {
    const { ImageId: id = '', ImageName: name = '' } = image;
    const found = whyNotReused(image, wanted) ?? (await snapshotOf(image, wanted, tools));
    if (typeof found === 'string') {
      tools.report.info(`${id} is unchanged, but not reused: ${found}`);
      continue;
    }
    const copies = await wanted.copiesOf(image, wanted);
    if (typeof copies === 'string') {
      tools.report.info(`${id} is unchanged, but not reused: ${copies}`);
      continue;
    }
    return {
      id,
      name,
      copies,
      snapshot: { id: found.SnapshotId ?? '', size: found.VolumeSize },
      lacks: {
        image: missingTags(wanted.tags, image.Tags),
        snapshot: missingTags(wanted.snapshotTags, found.Tags),
      },
    };
  }
  return undefined;
}

const newestFirst = (one: Image, other: Image): number =>
  (one.CreationDate ?? '') < (other.CreationDate ?? '') ? 1 : -1;

const tagValue = (tags: readonly ResourceTag[] | undefined, key: string): string | undefined =>
  tags?.find(({ Key }) => Key === key)?.Value;

function whyNotReused(image: Image, { name, account, config }: WantedImage): string | undefined {
  if (name !== undefined && image.ImageName !== name) return `its name is ${image.ImageName}`;
  const isPublic = config.global_permission || config.omi_groups.includes('all');
  const shared = sharedWith(config.omi_account_ids, isPublic, account);
  if (!sameShares(shared, image.PermissionsToLaunch, account)) return 'it is shared with other accounts';
  if (config.reuse_max_age === undefined) return undefined;
  const age = Date.now() - Date.parse(image.CreationDate ?? '');
  if (Number.isNaN(age)) return 'its age is unknown';
  return age > config.reuse_max_age ? 'it is older than reuse_max_age' : undefined;
}

/** The root snapshot of an OMI; or why the OMI is not reused. */
async function snapshotOf(
  { RootDeviceName, BlockDeviceMappings }: Image,
  { account, config }: WantedImage,
  tools: Tools,
): Promise<Snapshot | string> {
  const root = BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Bsu;
  const { SnapshotId: id } = root ?? {};
  if (id === undefined) return 'its root snapshot is unknown';
  const { Snapshots } = await tools.cloud.call('ReadSnapshots', {
    Filters: { SnapshotIds: [id], AccountIds: [account] },
  });
  const snapshot = Snapshots?.find(({ SnapshotId }) => SnapshotId === id);
  const { AccountId: owner = account, State, Tags } = snapshot ?? {};
  if (snapshot === undefined || owner !== account || State !== 'completed')
    return `its snapshot ${id} is not a completed one of this account`;
  if (tagValue(Tags, ownershipTags.state) === 'building') return 'its build has not ended';
  const shared = sharedWith(config.snapshot_users, config.snapshot_groups.includes('all'), account);
  return sameShares(shared, snapshot.PermissionsToCreateVolume, account)
    ? snapshot
    : `its snapshot ${id} is shared with other accounts`;
}

/** A tag whose value differs in every build keeps the value that it has. */
function missingTags({ all, volatile }: WantedTags, found: readonly ResourceTag[] = []): ResourceTag[] {
  return asTags(all).filter(({ Key, Value }) => {
    const value = tagValue(found, Key);
    return value === undefined || (value !== Value && !volatile.has(Key));
  });
}
