import type { RequestOf, ResponseOf } from '../../outscale/api.js';
import { invalid, missing, wrongVolumeState } from '../model/errors.js';
import { gibOf, newId, type SnapshotSource, type StoredSnapshot } from '../model/world.js';
import { type Call, type Caller, type Cloud, own } from './context.js';
import { idempotency } from './idempotency.js';
import { isPrivate } from './permissions.js';
import { showSnapshot } from './snapshots.js';
import { volumeState } from './states.js';
import { usableSnapshot } from './usable.js';

interface Draft {
  readonly source: SnapshotSource;
  readonly size: number;
  readonly duration: number;
}

/**
 * The three modes of CreateSnapshot. A request must set exactly one of the parameters that select the mode.
 */
function checkSource(request: RequestOf<'CreateSnapshot'>, caller: Caller, cloud: Cloud): Draft {
  const { VolumeId, SourceSnapshotId, SourceRegionName, FileLocation, SnapshotSize } = request;
  const { latency, snapshotTime, transferTime, region } = cloud.settings;
  const given = [VolumeId, SourceSnapshotId, FileLocation].filter((value) => value !== undefined);
  if (given.length === 0) throw missing('VolumeId');
  if (given.length > 1)
    throw invalid('VolumeId', 'set only one of VolumeId, SourceSnapshotId and FileLocation');
  if (VolumeId !== undefined) {
    const volume = own(cloud, 'volumes', VolumeId, caller);
    const state = volumeState(volume, caller.now, latency);
    if (state !== 'available' && state !== 'in-use')
      throw wrongVolumeState(VolumeId, state, 'available or in-use');
    return { source: { volume: VolumeId }, size: volume.size, duration: snapshotTime };
  }
  if (SourceSnapshotId !== undefined) {
    if (SourceRegionName === undefined) throw missing('SourceRegionName');
    if (SourceRegionName !== region) throw invalid('SourceRegionName', 'must be the Region of your account');
    const { size } = usableSnapshot(SourceSnapshotId, caller, cloud);
    return { source: { snapshot: SourceSnapshotId }, size, duration: latency };
  }
  if (SnapshotSize === undefined) throw missing('SnapshotSize');
  if (SnapshotSize < 1) throw invalid('SnapshotSize', 'must be a number of bytes of at least 1');
  const location = FileLocation ?? '';
  if (!/^(https?|file):\/\//.test(location))
    throw invalid('FileLocation', 'must be an http:, https: or file: URL');
  const duration = location.startsWith('file:') ? latency : transferTime;
  return { source: { location, bytes: SnapshotSize }, size: gibOf(SnapshotSize), duration };
}

/**
 * "Creating from a volume", "Copying a snapshot", "Importing from a bucket". An import takes an `http:` or
 * `https:` URL of a raw or qcow2 disk image, which may be gzipped. The emulator also accepts a `file:` URL of
 * this machine, which the API does not.
 */
export const createSnapshot: Call<RequestOf<'CreateSnapshot'>, ResponseOf<'CreateSnapshot'>> = (
  request,
  caller,
  cloud,
) => {
  const { snapshots } = cloud.world;
  const { earlier, once } = idempotency(snapshots, request, caller);
  if (earlier) return () => ({ Snapshot: showSnapshot(earlier, caller, cloud) });
  const draft = checkSource(request, caller, cloud);
  return () => {
    const snapshot = newSnapshot(draft, request.Description ?? '', caller, cloud, once ? { once } : {});
    return { Snapshot: showSnapshot(snapshot, caller, cloud) };
  };
};

/** Stores a pending snapshot; its job copies the bytes. */
export function newSnapshot(
  draft: Draft,
  description: string,
  caller: Caller,
  { world }: Cloud,
  more: Pick<StoredSnapshot, 'once'> = {},
): StoredSnapshot {
  const snapshot: StoredSnapshot = {
    id: newId('snap'),
    account: caller.account,
    created: caller.now,
    tags: {},
    description,
    permissions: isPrivate(),
    ...draft,
    ...more,
  };
  world.snapshots[snapshot.id] = snapshot;
  return snapshot;
}
