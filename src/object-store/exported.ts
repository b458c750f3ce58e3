import type { ExportTarget } from '../outscale/calls/exports.js';
import type { ObjectStore, StoredObject } from './store.js';

/** The objects of an export. */
export interface ExportedObjects {
  /** Those of disks; of an OMI there may be several. */
  readonly disks: readonly StoredObject[];
  readonly manifest: StoredObject | undefined;
}

/**
 * The objects that an export has written. No answer of the API tells their keys: those of a snapshot begin
 * with the prefix and the ID of the snapshot, those of an OMI are in a folder named as the OMI below the
 * prefix (samples in the user guide). Other exports of the same thing differ in the ID of the task.
 */
export async function findObjects(
  store: ObjectStore,
  { of: id, bucket, prefix }: Omit<ExportTarget, 'format'>,
  task: string,
): Promise<ExportedObjects> {
  const folder = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
  const isOfSnapshot = id.startsWith('snap-');
  const all = await store.list(bucket, isOfSnapshot ? `${prefix}${id}-` : `${folder}${id}/`);
  const mark = task.replace(/^.*-/, '');
  const marked = all.filter(({ key }) => key.includes(mark));
  const own = marked.length > 0 ? marked : all;
  const isManifest = ({ key }: StoredObject): boolean =>
    /\.(json|xml)$/.test(key) || /manifest/.test(basename(key));
  return {
    disks: own.filter((one) => isOfSnapshot || !isManifest(one)),
    manifest: isOfSnapshot ? undefined : all.find(isManifest),
  };
}

const basename = (key: string): string => key.replace(/^.*\//s, '');

/** The object of one snapshot among those of an export. */
export const objectOf = ({ disks }: ExportedObjects, snapshot: string): StoredObject | undefined =>
  disks.find(({ key }) => basename(key).includes(snapshot)) ?? (disks.length === 1 ? disks[0] : undefined);
