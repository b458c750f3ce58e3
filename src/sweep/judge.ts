import type { Image, ResourceTag, Snapshot, Volume } from '../outscale/api.js';
import { marks, parseToken } from '../outscale/marks.js';
import type { Account } from './account.js';
import type { Known, Orphan } from './finding.js';

/** What the account does not tell. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds: what is younger may belong to a build that lives where nobody sees it. */
  readonly olderThan: number;
  readonly thisVm: string;
  /** The builds that have a ledger on this VM: these tell themselves whether they live. */
  readonly known: ReadonlySet<string>;
  /** The kernel's disk of a volume of this VM, by its device name; undefined where the signs disagree. */
  readonly diskOf: (device: string, volume: string) => string | undefined;
}

/** What a mark says of a thing: whose it is, and since when it is there. */
interface Marked {
  readonly build: string;
  readonly vm: string | undefined;
  readonly age: number | undefined;
  /** Why it is left alone whatever else holds; undefined where it may go. */
  readonly leave: string | undefined;
}

interface Resource {
  readonly Tags?: readonly ResourceTag[] | undefined;
  readonly ClientToken?: string | undefined;
  readonly CreationDate?: string | undefined;
}

const tagOf = ({ Tags = [] }: Resource, key: string): string | undefined =>
  Tags.find(({ Key }) => Key === key)?.Value;

/**
 * What builds left in an account that no ledger on this VM knows of: it is recognised by its tags, or by its
 * ClientToken where it has no tags at all. Products are never among it: their snapshots are marked as kept.
 */
export function judge(account: Account, facts: Circumstances): Orphan[] {
  const unfinished = account.snapshots.filter(
    (snapshot) =>
      tagOf(snapshot, marks.state) === 'building' ||
      ((snapshot.Tags ?? []).length === 0 && parseToken(snapshot.ClientToken)),
  );
  return [
    ...account.volumes.flatMap((volume) => judgeVolume(volume, account, facts)),
    ...unfinished.flatMap((snapshot) => judgeSnapshot(snapshot, account, facts)),
  ];
}

/** The marks of a thing; undefined for what no build made, or what a ledger here knows of. */
function marksOf(thing: Resource, account: Account, facts: Circumstances): Marked | undefined {
  const token = (thing.Tags ?? []).length === 0 ? parseToken(thing.ClientToken) : undefined;
  const build = tagOf(thing, marks.build) ?? token?.build;
  if (build === undefined || facts.known.has(build)) return undefined;
  const vm = tagOf(thing, marks.vm) ?? token?.vm;
  const since = Date.parse(thing.CreationDate ?? tagOf(thing, marks.since) ?? '');
  const age = Number.isNaN(since) ? undefined : facts.now - since;
  const until = Date.parse(tagOf(thing, marks.keepUntil) ?? '');
  const leave =
    until > facts.now
      ? `kept until ${new Date(until).toISOString()}`
      : isElsewhere(vm, account, facts)
        ? `its VM ${vm} is there: sweep on that one`
        : age === undefined
          ? 'nothing tells how old it is'
          : age < facts.olderThan
            ? 'it is too young'
            : undefined;
  return { build, vm, age, leave };
}

/** Whether another VM may be at work with it: one that is there, and not stopped. */
function isElsewhere(vm: string | undefined, { vms }: Account, { thisVm }: Circumstances): boolean {
  if (vm === undefined || vm === thisVm) return false;
  const found = vms.find(({ VmId }) => VmId === vm);
  return found !== undefined && found.State !== 'stopped' && found.State !== 'terminated';
}

const whyGone = ({ vm }: Marked, { thisVm }: Circumstances): string =>
  vm === undefined
    ? 'it has no tags yet, and nothing tells its VM'
    : vm === thisVm
      ? 'no ledger on this VM knows its build'
      : `its VM ${vm} is gone or stopped`;

function judgeVolume(volume: Volume, account: Account, facts: Circumstances): Orphan[] {
  const { VolumeId: id = '', ClientToken: token = '', LinkedVolumes: [link] = [], State } = volume;
  const marked = marksOf(volume, account, facts);
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
      claims.push({ kind: 'attachment', data: { volume: id, device, disk } });
    } else claims.push({ kind: 'attachment', data: { volume: id, device } });
  }
  return [{ ...found, why: whyGone(marked, facts), goes: true, claims }];
}

/** A build names the snapshot as its OMI: one of another name was made of it by somebody else. */
function judgeSnapshot(snapshot: Snapshot, account: Account, facts: Circumstances): Orphan[] {
  const { SnapshotId: id = '', ClientToken: token = '', Description: name, State, Tags = [] } = snapshot;
  const marked = marksOf(snapshot, account, facts);
  if (marked === undefined || State === 'deleting') return [];
  const { build, age } = marked;
  const images = account.images.filter((image) => mapsIt(image, id));
  const other = images.find(({ ImageName }) => ImageName !== name);
  const leave =
    marked.leave ??
    (other === undefined ? undefined : `${other.ImageId} maps it, which is not its build's`) ??
    images.map((image) => marksOf({ ...image, Tags }, account, facts)?.leave).find(Boolean);
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
