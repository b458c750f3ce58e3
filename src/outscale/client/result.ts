import type { Operation } from '../api.js';

/** The list of a Read, which the API sends even if it is empty (recorded answers of the real API). */
const lists: Partial<Record<Operation, string>> = {
  ReadAccounts: 'Accounts',
  ReadImages: 'Images',
  ReadSnapshots: 'Snapshots',
  ReadTags: 'Tags',
  ReadVms: 'Vms',
  ReadVolumes: 'Volumes',
};

/** The entity that a call creates, and the field with its ID. */
const created: Partial<Record<Operation, readonly [entity: string, id: string]>> = {
  CreateImage: ['Image', 'ImageId'],
  CreateSnapshot: ['Snapshot', 'SnapshotId'],
  CreateVolume: ['Volume', 'VolumeId'],
};

/**
 * The result of a call, if the object of its answer is one; undefined if not. A missing list is not an empty list: taken
 * for one, a volume that exists would count as deleted. A list that is null is empty. What a dry run answers is not
 * documented, so any object will do.
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
