import { sequenceOf } from '../host/disk/block-devices.js';
import { diskOf } from '../host/disk/find-disk.js';
import type { Asked } from '../ledger/claims.js';
import type { Header } from '../ledger/lines.js';
import type { Image, ResourceTag } from '../outscale/api.js';
import {
  readImage,
  readImageNamed,
  readSnapshot,
  readVolume,
  snapshotsOf,
} from '../outscale/calls/lookups.js';
import { copyNote, ownershipTags, parseCopyName, parseToken, tokenOf } from '../outscale/ownership.js';
import type { Tools } from '../runtime/tools.js';
import type { Claimant, Prover } from './prover.js';

/** The fields of a resource that identify its build. */
interface Tagged {
  readonly Tags?: readonly ResourceTag[] | undefined;
  readonly ClientToken?: string | undefined;
}

const tagOf = ({ Tags = [] }: Tagged, key: string): string | undefined =>
  Tags.find(({ Key }) => Key === key)?.Value;

/**
 * Whether a resource belongs to the build of a ledger: by its tags, which name build, VM and user, or by its
 * ClientToken while it has no tags. A snapshot with the state `kept` is a product, which no cleanup deletes.
 */
function isOf({ build, vm, user }: Header, resource: Tagged): boolean {
  if ((resource.Tags ?? []).length === 0) {
    const token = parseToken(resource.ClientToken);
    return token?.build === build && token.vm === vm;
  }
  return (
    tagOf(resource, ownershipTags.build) === build &&
    tagOf(resource, ownershipTags.vm) === vm &&
    tagOf(resource, ownershipTags.user) === String(user) &&
    tagOf(resource, ownershipTags.state) !== 'kept'
  );
}

const foreign = (what: string, { build, user }: Header): { problem: string } => ({
  problem: `${what} left alone: its tags and ClientToken do not name build ${build} of user ${user} as its maker`,
});

/**
 * Milliseconds after which a resource that no response lists is gone. Lists can lag, and requests can be
 * carried out late.
 */
const listed = 10 * 60_000;

/** A resource that no response lists stays in the ledger at first. */
const unlisted = ({ age }: Claimant): 'gone' | 'later' => (age > listed ? 'gone' : 'later');

/**
 * The same without an ID. If the outcome is known, or the request was never sent, the resource does not
 * exist.
 */
const unanswered = (asked: Asked['asked'], by: Claimant): 'gone' | 'later' =>
  asked == null ? 'gone' : unlisted(by);

export const proveVolume: Prover<'volume'> = async ({ id, asked }, { cloud }, by) => {
  const { header } = by;
  const token = tokenOf({ id: header.build }, header.vm, 'volume');
  const volume =
    id === undefined
      ? (await cloud.call('ReadVolumes', { Filters: { ClientTokens: [token] } })).Volumes?.[0]
      : await readVolume(cloud, id);
  if (volume?.VolumeId === undefined) return id === undefined ? unanswered(asked, by) : unlisted(by);
  return isOf(header, volume)
    ? { data: { id: volume.VolumeId, token } }
    : foreign(`volume ${volume.VolumeId}`, header);
};

/** Finds the disk again by the device name from the API: the disk in the ledger may be forged. */
export const proveAttachment: Prover<'attachment'> = async ({ volume: id, asked }, { cloud }, by) => {
  const { header } = by;
  const volume = await readVolume(cloud, id);
  if (volume === undefined) return unlisted(by);
  const link = volume.LinkedVolumes?.[0];
  if (link === undefined) return unanswered(asked, by);
  if (!isOf(header, volume)) return foreign(`attached volume ${id}`, header);
  const { VmId, DeviceName: device = '' } = link;
  if (VmId !== header.vm) return { problem: `volume ${id} left alone: it is attached to ${VmId}` };
  const disk = diskOf(device, id);
  if (disk === undefined) return { problem: `volume ${id} stays attached: its disk was not identified` };
  return { data: { volume: id, device, disk, sequence: sequenceOf(disk) } };
};

export const proveSnapshot: Prover<'snapshot'> = async ({ id, token, asked }, { cloud }, by) => {
  const { header } = by;
  const made = parseToken(token);
  if (id === undefined && (made?.build !== header.build || made.vm !== header.vm))
    return { problem: `snapshot left alone: ${token} is not a ClientToken of build ${header.build}` };
  const found =
    id === undefined
      ? (await cloud.call('ReadSnapshots', { Filters: { ClientTokens: [token] } })).Snapshots?.[0]
      : await readSnapshot(cloud, id);
  if (found?.SnapshotId === undefined) return id === undefined ? unanswered(asked, by) : unlisted(by);
  return isOf(header, found)
    ? { data: { token, id: found.SnapshotId } }
    : foreign(`snapshot ${found.SnapshotId}`, header);
};

/** An OMI belongs to a build if it maps a snapshot of that build that is not a product. */
export const proveImage: Prover<'image'> = async ({ id, name, asked }, tools, by) => {
  const { header } = by;
  const image = await find(id, name, header, tools);
  if (image?.ImageId === undefined) return id === undefined ? unanswered(asked, by) : unlisted(by);
  for (const snapshot of snapshotsOf(image)) {
    const found = await readSnapshot(tools.cloud, snapshot);
    if (found !== undefined && isOf(header, found))
      return { data: { id: image.ImageId, name: image.ImageName ?? name, snapshot } };
  }
  return { problem: `OMI ${image.ImageId} left alone: it maps no snapshot of build ${header.build}` };
};

/** A copy belongs to a build if its description says so. Its snapshots are those that it maps. */
export const proveCopy: Prover<'copy'> = async ({ id, name, asked }, tools, by) => {
  const { header } = by;
  const image = await find(id, name, header, tools);
  if (image?.ImageId === undefined) return id === undefined ? unanswered(asked, by) : unlisted(by);
  const source = parseCopyName(image.ImageName);
  const note = copyNote(source ?? '', { id: header.build });
  if (source === undefined || image.Description !== note || image.ImageName !== name)
    return {
      problem: `OMI ${image.ImageId} left alone: it is not a copy that build ${header.build} requested`,
    };
  return { data: { id: image.ImageId, name, note, snapshots: [] } };
};

const find = async (
  id: string | undefined,
  name: string,
  { account }: Header,
  { cloud }: Tools,
): Promise<Image | undefined> =>
  id === undefined ? await readImageNamed(cloud, name, account) : await readImage(cloud, id);
