import type { Operation } from '../api.js';

/**
 * The list in the response to a read, which the API sends even if it is empty (recordings of the real API).
 */
const lists: Partial<Record<Operation, string>> = {
  ReadAccounts: 'Accounts',
  ReadImageExportTasks: 'ImageExportTasks',
  ReadImages: 'Images',
  ReadSnapshotExportTasks: 'SnapshotExportTasks',
  ReadSnapshots: 'Snapshots',
  ReadTags: 'Tags',
  ReadVms: 'Vms',
  ReadVolumes: 'Volumes',
};

/** The entity that a call creates, and the field with its ID. */
const created: Partial<Record<Operation, readonly [entity: string, id: string]>> = {
  CreateImage: ['Image', 'ImageId'],
  CreateImageExportTask: ['ImageExportTask', 'TaskId'],
  CreateSnapshot: ['Snapshot', 'SnapshotId'],
  CreateSnapshotExportTask: ['SnapshotExportTask', 'TaskId'],
  CreateVolume: ['Volume', 'VolumeId'],
};

/**
 * The result of a call; undefined if the response body is not one. A missing list is not an empty list:
 * otherwise an existing volume would count as deleted. A list that is null is empty. The response to a dry
 * run is not documented, so any object is accepted.
 */
export function resultIn<Content extends object>(
  operation: Operation,
  isDryRun: boolean,
  content: Content,
): Content | undefined {
  if (isDryRun) return content;
  const list = lists[operation];
  if (list !== undefined) return withList(list, content);
  const [entity, id] = created[operation] ?? [];
  if (entity === undefined || id === undefined) return content;
  const thing = fieldOf(content, entity);
  const value = isObject(thing) ? fieldOf(thing, id) : undefined;
  return typeof value === 'string' && value !== '' ? content : undefined;
}

function withList<Content extends object>(name: string, content: Content): Content | undefined {
  const list = fieldOf(content, name);
  if (list === null) return { ...content, [name]: [] };
  return Array.isArray(list) && list.every(isObject) ? content : undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const fieldOf = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
