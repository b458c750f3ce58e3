import { BuildError } from '../../common/errors.js';
import type { Image, RequestOf, ResponseOf, Snapshot, Tag, Vm, Volume } from '../api.js';
import type { Cloud } from '../client/client.js';

/** The operations that list, and what they list. */
interface Lists {
  ReadImages: Image;
  ReadSnapshots: Snapshot;
  ReadTags: Tag;
  ReadVms: Vm;
  ReadVolumes: Volume;
}
export type Listing = keyof Lists;

/** Where each answer has its list. */
const itemsOf: { [Op in Listing]: (answer: ResponseOf<Op>) => Lists[Op][] | undefined } = {
  ReadImages: ({ Images }) => Images,
  ReadSnapshots: ({ Snapshots }) => Snapshots,
  ReadTags: ({ Tags }) => Tags,
  ReadVms: ({ Vms }) => Vms,
  ReadVolumes: ({ Volumes }) => Volumes,
};

/**
 * Everything that an operation lists, page by page as `NextPageToken` leads.
 * @throws what `Cloud.call` throws, and BuildError when the pages go round in a circle.
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
    if (followed.has(next)) throw new BuildError(`${operation}: the API names the same next page twice`);
    followed.add(next);
    answer = await cloud.call(operation, { ...request, NextPageToken: next });
  }
}
