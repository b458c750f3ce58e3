import type { Image, ResourceTag, Snapshot, Volume } from '../api.js';
import type { Cloud } from '../client/client.js';
import { unknownAccount } from './account.js';

/** Reads a volume by ID; undefined if the account has no such volume. */
export async function readVolume(cloud: Cloud, id: string): Promise<Volume | undefined> {
  const { Volumes } = await cloud.call('ReadVolumes', { Filters: { VolumeIds: [id] } });
  return Volumes?.find(({ VolumeId }) => VolumeId === id);
}

/** Reads a snapshot by ID. */
export async function readSnapshot(cloud: Cloud, id: string): Promise<Snapshot | undefined> {
  const { Snapshots } = await cloud.call('ReadSnapshots', { Filters: { SnapshotIds: [id] } });
  return Snapshots?.find(({ SnapshotId }) => SnapshotId === id);
}

/** Reads an OMI by ID, of any account that shares it with this one. */
export async function readImage(cloud: Cloud, id: string): Promise<Image | undefined> {
  const { Images } = await cloud.call('ReadImages', { Filters: { ImageIds: [id] } });
  return Images?.find(({ ImageId }) => ImageId === id);
}

/** Reads the OMI of an account with exactly this name; of any account if it is `unknownAccount`. */
export async function readImageNamed(
  cloud: Cloud,
  name: string,
  account: string,
): Promise<Image | undefined> {
  const { Images } = await cloud.call('ReadImages', {
    Filters: { ImageNames: [name], ...(account === unknownAccount ? {} : { AccountIds: [account] }) },
  });
  const isOwn = ({ AccountId = account }: Image): boolean =>
    account === unknownAccount || AccountId === account;
  return Images?.find((image) => image.ImageName === name && isOwn(image));
}

/** IDs of the snapshots that an OMI maps. */
export const snapshotsOf = ({ BlockDeviceMappings }: Image): string[] =>
  (BlockDeviceMappings ?? []).flatMap(({ Bsu }) => Bsu?.SnapshotId ?? []);

/** Tags in the format of the API. */
export const asTags = (tags: Readonly<Record<string, string>>): ResourceTag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
