import type { RequestOf, ResourceTag, ResponseOf, Tag } from '../../outscale/api.js';
import { invalid, noSuch } from '../model/errors.js';
import { type Call, type Caller, type Cloud, own } from './context.js';
import { type Filters, fits, oneOf } from './filters.js';
import { page } from './pages.js';

type Tags = Record<string, string>;

/** `Tags` of a resource (schema `ResourceTag`). */
export const showTags = (tags: Readonly<Tags>): ResourceTag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/**
 * "Adds one or more tags to the specified resources. If a tag with the same key already exists for the
 * resource, the tag value is replaced."
 */
export const createTags: Call<RequestOf<'CreateTags'>, ResponseOf<'CreateTags'>> = (
  request,
  caller,
  cloud,
) => {
  const found = request.ResourceIds.map((id) => tagsOf(id, caller, cloud));
  for (const { Key, Value } of request.Tags) {
    if (Key.length < 1 || Key.length > 255) throw invalid('Tags.Key', 'from 1 to 255 characters');
    if (Value.length > 255) throw invalid('Tags.Value', 'at most 255 characters');
  }
  return () => {
    for (const tags of found) for (const { Key, Value } of request.Tags) tags[Key] = Value;
    return {};
  };
};

/**
 * "Deletes one or more tags from the specified resources"; "only the tags matching exactly this value are
 * deleted".
 */
export const deleteTags: Call<RequestOf<'DeleteTags'>, ResponseOf<'DeleteTags'>> = (
  request,
  caller,
  cloud,
) => {
  const found = request.ResourceIds.map((id) => tagsOf(id, caller, cloud));
  return () => {
    for (const tags of found)
      for (const { Key, Value } of request.Tags) if (Value === '' || tags[Key] === Value) delete tags[Key];
    return {};
  };
};

interface ListedTag {
  readonly id: string;
  readonly tag: Tag;
}

const filters: Filters<NonNullable<RequestOf<'ReadTags'>['Filters']>, ListedTag> = {
  Keys: oneOf(({ tag }: ListedTag) => tag.Key),
  ResourceIds: oneOf(({ tag }: ListedTag) => tag.ResourceId),
  ResourceTypes: oneOf(({ tag }: ListedTag) => tag.ResourceType),
  Values: oneOf(({ tag }: ListedTag) => tag.Value),
};

/** "Lists one or more tags for your resources." (schema `Tag`) */
export const readTags: Call<RequestOf<'ReadTags'>, ResponseOf<'ReadTags'>> =
  (request, caller, cloud) => () => {
    const { items, next } = page(
      listTags(caller, cloud).filter((listed) => fits(filters, request.Filters, listed)),
      request,
    );
    return { Tags: items.map(({ tag }) => tag), ...next };
  };

function listTags(caller: Caller, { world }: Cloud): ListedTag[] {
  const kinds = {
    volume: world.volumes,
    snapshot: world.snapshots,
    image: world.images,
    instance: { vm: world.vm },
  };
  return Object.entries(kinds).flatMap(([ResourceType, all]) =>
    Object.values(all)
      .filter(({ account }) => account === caller.account)
      .flatMap(({ id, tags }) =>
        showTags(tags).map((tag) => ({
          id: `${id}/${tag.Key}`,
          tag: { ...tag, ResourceId: id, ResourceType },
        })),
      ),
  );
}

function tagsOf(id: string, caller: Caller, { world }: Cloud): Tags {
  if (id === world.vm.id && caller.account === world.vm.account) return world.vm.tags;
  if (id.startsWith('vol-')) return own({ world }, 'volumes', id, caller).tags;
  if (id.startsWith('snap-')) return own({ world }, 'snapshots', id, caller).tags;
  if (id.startsWith('ami-')) return own({ world }, 'images', id, caller).tags;
  throw noSuch(id);
}
