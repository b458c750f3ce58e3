import type { Image, Snapshot, Volume } from '../../outscale/api.js';
import { ownershipTags, parseToken } from '../../outscale/ownership.js';
import type { Account } from './account.js';
import type { Known, Orphan } from './finding.js';
import { type Circumstances, isElsewhere, ownershipOf, tagOf, whyGone } from './ownership.js';

/**
 * What builds left in an account that no ledger on this VM knows of: it is recognised by its tags, or by its
 * ClientToken where it has no tags at all. Products are never among it: their snapshots are marked as kept.
 */
export function findOrphans(account: Account, facts: Circumstances): Orphan[] {
  const unfinished = account.snapshots.filter(
    (snapshot) =>
      tagOf(snapshot, ownershipTags.state) === 'building' ||
      ((snapshot.Tags ?? []).length === 0 && parseToken(snapshot.ClientToken)),
  );
  return [
    ...account.volumes.flatMap((volume) => checkVolume(volume, account, facts)),
    ...unfinished.flatMap((snapshot) => checkSnapshot(snapshot, account, facts)),
  ];
}

function checkVolume(volume: Volume, account: Account, facts: Circumstances): Orphan[] {
  const { VolumeId: id = '', ClientToken: token = '', LinkedVolumes: [link] = [], State } = volume;
  const marked = ownershipOf(volume, account, facts);
  if (marked === undefined || State === 'deleting') return [];
  const { build, age } = marked;
  const found = { what: 'volume', id, build, age };
  const leave = (why: string): Orphan[] => [{ ...found, why, goes: false, claims: [] }];
  if (marked.leave !== undefined) return leave(marked.leave);
  const cut = account.snapshots.find(
    ({ VolumeId, State: state }) => VolumeId === id && (state === 'pending' || state === 'in-queue'),
  );
  if (cut !== undefined) return leave(`its snapshot ${cut.SnapshotId} is not completed`);
  const claims: Known[] = [{ kind: 'volume', data: { id, token } }];
  if (link !== undefined) {
    const { VmId, DeviceName: device = '' } = link;
    if (isElsewhere(VmId, account, facts)) return leave(`it is attached to ${VmId}, which is there`);
    if (VmId === facts.thisVm) {
      if (marked.vm !== facts.thisVm)
        return leave('it is attached to this VM, where no build of its own put it');
      const disk = facts.diskOf(device, id);
      if (disk === undefined) return leave(`it is attached as ${device}, but its disk was not found`);
      if (facts.isInUse(disk)) return leave(`its disk ${disk} is in use`);
      claims.push({ kind: 'attachment', data: { volume: id, device, disk } });
    } else claims.push({ kind: 'attachment', data: { volume: id, device } });
  }
  return [{ ...found, why: whyGone(marked, facts), goes: true, claims }];
}

/**
 * A build names the snapshot as its OMI: one of another name was made of it by somebody else. It has tags before there
 * is an OMI of it: one without tags that has an OMI has lost them.
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
    (other === undefined ? undefined : `${other.ImageId} maps it, which no dead build made`) ??
    images.map((image) => ownershipOf({ ...image, Tags }, account, facts)?.leave).find(Boolean);
  const find = (what: string, its: string, claim: Known): Orphan => ({
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
