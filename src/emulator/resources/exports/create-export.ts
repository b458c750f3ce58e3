import type { RequestOf, ResponseOf } from '../../../outscale/api.js';
import { invalid, wrongState } from '../../model/errors.js';
import { newId, type StoredExport } from '../../model/world.js';
import { type Call, type Caller, type Cloud, own } from '../context.js';
import { imageState, isComplete, snapshotState } from '../states.js';
import { showImageExport, showSnapshotExport } from './tasks.js';

type Wanted = RequestOf<'CreateSnapshotExportTask'>['OsuExport'];

/** Checks the target of an export: its format, and a bucket of the account in this region. */
function checkExport(wanted: Wanted, caller: Caller, { world }: Cloud): Wanted {
  const { DiskImageFormat: format, OsuBucket: bucket, OsuApiKey: key, OsuManifestUrl: manifest } = wanted;
  if (!['qcow2', 'raw'].includes(format))
    throw invalid('OsuExport.DiskImageFormat', 'must be one of: qcow2, raw');
  if (world.buckets[bucket]?.account !== caller.account)
    throw invalid('OsuExport.OsuBucket', `the account has no bucket '${bucket}' in this Region`);
  for (const [name, value] of Object.entries({ OsuApiKey: key, OsuManifestUrl: manifest }))
    if (value !== undefined) throw invalid(`OsuExport.${name}`, 'the emulator does not support it');
  return wanted;
}

function store(
  kind: 'snap' | 'image',
  of: string,
  wanted: Wanted,
  caller: Caller,
  cloud: Cloud,
): StoredExport {
  const task: StoredExport = {
    id: newId(`${kind}-export`),
    account: caller.account,
    created: caller.now,
    tags: {},
    of,
    format: wanted.DiskImageFormat,
    bucket: wanted.OsuBucket,
    prefix: wanted.OsuPrefix ?? '',
    duration: cloud.settings.transferTime,
  };
  cloud.world.exports[task.id] = task;
  return task;
}

/** "Exports a snapshot to an OUTSCALE Object Storage (OOS) bucket that belongs to you." */
export const createSnapshotExport: Call<
  RequestOf<'CreateSnapshotExportTask'>,
  ResponseOf<'CreateSnapshotExportTask'>
> = (request, caller, cloud) => {
  const snapshot = own(cloud, 'snapshots', request.SnapshotId, caller);
  if (!isComplete(snapshot)) throw wrongState(snapshot.id, snapshotState(snapshot, caller.now), 'completed');
  const wanted = checkExport(request.OsuExport, caller, cloud);
  return () => {
    const task = store('snap', snapshot.id, wanted, caller, cloud);
    return { SnapshotExportTask: showSnapshotExport(task, caller.now) };
  };
};

/** "Exports an OUTSCALE machine image (OMI)"; "you cannot export a shared or public OMI". */
export const createImageExport: Call<
  RequestOf<'CreateImageExportTask'>,
  ResponseOf<'CreateImageExportTask'>
> = (request, caller, cloud) => {
  const image = own(cloud, 'images', request.ImageId, caller);
  const state = imageState(image, cloud.world, caller.now, cloud.settings.latency);
  if (state !== 'available') throw wrongState(image.id, state, 'available');
  const wanted = checkExport(request.OsuExport, caller, cloud);
  return () => {
    const task = store('image', image.id, wanted, caller, cloud);
    return { ImageExportTask: showImageExport(task, caller.now) };
  };
};
