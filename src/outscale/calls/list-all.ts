import { BuildError } from '../../common/errors.js';
import type { Image, RequestOf, ResponseOf, Snapshot, Tag, Vm, Volume } from '../api.js';
import type { Cloud } from '../client/client.js';

/** The list operations and their items. */
interface Lists {
  ReadImages: Image;
  ReadSnapshots: Snapshot;
  ReadTags: Tag;
  ReadVms: Vm;
  ReadVolumes: Volume;
}
export type Listing = keyof Lists;

/** The list in each response. */
const itemsOf: { [Op in Listing]: (answer: ResponseOf<Op>) => Lists[Op][] | undefined } = {
  ReadImages: ({ Images }) => Images,
  ReadSnapshots: ({ Snapshots }) => Snapshots,
  ReadTags: ({ Tags }) => Tags,
  ReadVms: ({ Vms }) => Vms,
  ReadVolumes: ({ Volumes }) => Volumes,
};

/**
 * Reads all pages of a list, following `NextPageToken`.
 * @throws what `Cloud.call` throws; BuildError if a page token is repeated.
 */
export async function readAll<Op extends Listing>(
  cloud: Cloud,
  operation: Op,
  request: RequestOf<Op>,
): Promise<Lists[Op][]> {
  const all: Lists[Op][] = [];
  const followed = new Set<string>();
  let answer = await cloud.call(operation, request);
  while (true) {
    all.push(...(itemsOf[operation](answer) ?? []));
    const next = answer.NextPageToken;
    if (!next) return all;
    if (followed.has(next)) throw new BuildError(`${operation}: the API returned the same next page twice`);
    followed.add(next);
    answer = await cloud.call(operation, { ...request, NextPageToken: next });
  }
}
