import type { Image, ResourceTag, Snapshot, Volume } from '../api.js';
import type { Cloud } from '../client/client.js';

/** A volume by its ID; undefined when the account has none of that ID. */
export async function readVolume(cloud: Cloud, id: string): Promise<Volume | undefined> {
  const { Volumes } = await cloud.call('ReadVolumes', { Filters: { VolumeIds: [id] } });
  return Volumes?.find(({ VolumeId }) => VolumeId === id);
}

/** A snapshot by its ID. */
export async function readSnapshot(cloud: Cloud, id: string): Promise<Snapshot | undefined> {
  const { Snapshots } = await cloud.call('ReadSnapshots', { Filters: { SnapshotIds: [id] } });
  return Snapshots?.find(({ SnapshotId }) => SnapshotId === id);
}

/** An OMI by its ID, of any account that lets this one see it. */
export async function readImage(cloud: Cloud, id: string): Promise<Image | undefined> {
  const { Images } = await cloud.call('ReadImages', { Filters: { ImageIds: [id] } });
  return Images?.find(({ ImageId }) => ImageId === id);
}

/** The OMI of an account that has exactly this name. */
export async function readImageNamed(
  cloud: Cloud,
  name: string,
  account: string,
): Promise<Image | undefined> {
  const { Images } = await cloud.call('ReadImages', {
    Filters: { ImageNames: [name], AccountIds: [account] },
  });
  return Images?.find(({ ImageName, AccountId }) => ImageName === name && (AccountId ?? account) === account);
}

/** The snapshots that an OMI maps. */
export const snapshotsOf = ({ BlockDeviceMappings }: Image): string[] =>
  (BlockDeviceMappings ?? []).flatMap(({ Bsu }) => Bsu?.SnapshotId ?? []);

/** A user's tags as the API takes them. */
export const asTags = (tags: Readonly<Record<string, string>>): ResourceTag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
