import type { Image, Snapshot, Volume } from '../../outscale/api.js';
import { ownershipTags, parseToken } from '../../outscale/ownership.js';
import type { Account } from './account.js';
import type { KnownClaim, Orphan } from './finding.js';
import { type Circumstances, isElsewhere, ownershipOf, tagOf, whyGone } from './ownership.js';

/**
 * The resources of builds in an account that no ledger on this VM contains. Tags identify them, or the
 * ClientToken if they have no tags. Products are never among them: their snapshots and volumes have the state
 * `kept`.
 */
export function findOrphans(account: Account, facts: Circumstances): Orphan[] {
  const incomplete = account.snapshots.filter(
    (snapshot) =>
      tagOf(snapshot, ownershipTags.state) === 'building' ||
      ((snapshot.Tags ?? []).length === 0 && parseToken(snapshot.ClientToken)),
  );
  return [
    ...account.volumes.flatMap((volume) => checkVolume(volume, account, facts)),
    ...incomplete.flatMap((snapshot) => checkSnapshot(snapshot, account, facts)),
  ];
}

const isKept = (volume: Volume): boolean => tagOf(volume, ownershipTags.state) === 'kept';

function checkVolume(volume: Volume, account: Account, facts: Circumstances): Orphan[] {
  const { VolumeId: id = '', ClientToken: token = '', LinkedVolumes: [link] = [], State } = volume;
  const marked = ownershipOf(volume, account, facts);
  if (marked === undefined || State === 'deleting' || isKept(volume)) return [];
  const { build, age } = marked;
  const found = { what: 'volume', id, build, age };
  const leave = (why: string): Orphan[] => [{ ...found, why, goes: false, claims: [] }];
  if (marked.leave !== undefined) return leave(marked.leave);
  const cut = account.snapshots.find(
    ({ VolumeId, State: state }) => VolumeId === id && (state === 'pending' || state === 'in-queue'),
  );
  if (cut !== undefined) return leave(`its snapshot ${cut.SnapshotId} is not completed`);
  const claims: KnownClaim[] = [{ kind: 'volume', data: { id, token } }];
  if (link !== undefined) {
    const { VmId, DeviceName: device = '' } = link;
    if (isElsewhere(VmId, account, facts)) return leave(`it is attached to ${VmId}, which exists`);
    if (VmId === facts.thisVm) {
      if (marked.vm !== facts.thisVm)
        return leave('it is attached to this VM, but not by a build of this VM');
      const disk = facts.diskOf(device, id);
      if (disk === undefined) return leave(`it is attached as ${device}, but its disk was not found`);
      if (facts.isInUse(disk)) return leave(`its disk ${disk} is in use`);
      claims.push({ kind: 'attachment', data: { volume: id, device, disk } });
    } else claims.push({ kind: 'attachment', data: { volume: id, device } });
  }
  return [{ ...found, why: whyGone(marked, facts), goes: true, claims }];
}

/**
 * A snapshot of a build has the name of its OMI: an OMI of another name was created by another user. A build
 * tags the snapshot before it creates the OMI: a snapshot without tags that has an OMI has lost them.
 */
function checkSnapshot(snapshot: Snapshot, account: Account, facts: Circumstances): Orphan[] {
  const { SnapshotId: id = '', ClientToken: token = '', Description: name, State, Tags = [] } = snapshot;
  const marked = ownershipOf(snapshot, account, facts);
  if (marked === undefined || State === 'deleting') return [];
  const { build, age } = marked;
  const images = account.images.filter((image) => mapsIt(image, id));
  const other = images.find(({ ImageName }) => ImageName !== name || Tags.length === 0);
  const leave =
    marked.leave ??
    (other === undefined ? undefined : `${other.ImageId} maps it, and no orphaned build created that OMI`) ??
    images.map((image) => ownershipOf({ ...image, Tags }, account, facts)?.leave).find(Boolean);
  const find = (what: string, its: string, claim: KnownClaim): Orphan => ({
    what,
    id: its,
    build,
    age,
    why: leave ?? whyGone(marked, facts),
    goes: leave === undefined,
    claims: leave === undefined ? [claim] : [],
  });
  return [
    find('snapshot', id, { kind: 'snapshot', data: { id, token } }),
    ...images
      .filter((image) => image !== other)
      .map(({ ImageId: its = '', ImageName = '' }) =>
        find('OMI', its, { kind: 'image', data: { id: its, name: ImageName, snapshot: id } }),
      ),
  ];
}

const mapsIt = ({ BlockDeviceMappings = [] }: Image, snapshot: string): boolean =>
  BlockDeviceMappings.some(({ Bsu }) => Bsu?.SnapshotId === snapshot);
