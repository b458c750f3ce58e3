import type { Image } from '../../outscale/api.js';
import { ownershipTags } from '../../outscale/ownership.js';
import type { Inventory } from './inventory.js';
import type { RetentionPolicy } from './policy.js';
import { type Usage, usageOf } from './usage.js';

/** The OMI that counts as the newest of its family, and always stays. */
export interface Newest {
  /** Undefined if a build has yet to create it. */
  readonly id: string | undefined;
  /** An OMI of this name is the one that it replaces; undefined if it replaces none. */
  readonly name?: string | undefined;
}

/** What retention does with an OMI of the family. */
export interface Decision {
  readonly id: string;
  readonly name: string;
  /** Milliseconds; undefined if unknown. */
  readonly age: number | undefined;
  readonly goes: boolean;
  /** Whether it stays for another reason than the policy: it does not count for `retain_last`. */
  readonly isProtected: boolean;
  readonly why: string;
  /** The snapshots that are deleted with it. */
  readonly snapshots: readonly string[];
  /** The snapshots that it maps and that stay. */
  readonly others: readonly string[];
}

/**
 * Decides which OMIs of a family go, the newest first. Only older OMIs than the newest one go or count.
 * @param now milliseconds since 1970
 */
export function decide(
  inventory: Inventory,
  policy: RetentionPolicy,
  newest: Newest,
  now: number,
): Decision[] {
  const limit = dateOf(inventory.images.find(({ ImageId }) => ImageId === newest.id));
  const isUnborn = newest.id === undefined;
  let kept = 1;
  return familyOf(inventory, policy.family)
    .filter(({ ImageId, ImageName }) => ImageId !== newest.id && ImageName !== newest.name)
    .map((image) => {
      const usage = usageOf(image, inventory);
      const why = isUnborn || isOlder(image, limit) ? whyProtected(image, usage) : notOlder(image);
      const stays = why ?? whyRetained(image, kept, policy, now);
      if (why === undefined) kept += 1;
      return decision(image, usage, { now, stays, isProtected: why !== undefined, policy });
    });
}

/** The OMIs of a family that this account owns, the newest first; those of unknown age last. */
const familyOf = ({ images, account }: Inventory, family: string): Image[] =>
  images
    .filter(({ AccountId, Tags }) => AccountId === account && tagOf(Tags, ownershipTags.family) === family)
    .toSorted((one, other) => (dateOf(other) ?? 0) - (dateOf(one) ?? 0));

/** The newest available OMI of a family. */
export const newestOf = (inventory: Inventory, family: string): Image | undefined =>
  familyOf(inventory, family).find((image) => image.State === 'available' && dateOf(image) !== undefined);

const tagOf = (tags: Image['Tags'], key: string): string | undefined =>
  tags?.find(({ Key }) => Key === key)?.Value;

function dateOf(image: Image | undefined): number | undefined {
  const date = Date.parse(image?.CreationDate ?? '');
  return Number.isNaN(date) ? undefined : date;
}

const isOlder = (image: Image, limit: number | undefined): boolean =>
  limit !== undefined && (dateOf(image) ?? limit) < limit;

const notOlder = (image: Image): string =>
  dateOf(image) === undefined ? unknownAge : 'it is not older than the newest OMI';

const unknownAge = 'its creation date is unknown';

/** Why an OMI stays whatever the policy says; undefined if nothing protects it. */
function whyProtected(image: Image, usage: Usage): string | undefined {
  if (image.State !== 'available') return `its state is ${image.State ?? 'unknown'}`;
  if (dateOf(image) === undefined) return unknownAge;
  if (tagOf(image.Tags, ownershipTags.protection) !== undefined)
    return `it has the tag ${ownershipTags.protection}`;
  return usage.why;
}

/** Why the policy retains an OMI; undefined if it goes. @param kept how many newer ones count */
function whyRetained(
  image: Image,
  kept: number,
  { last, age }: RetentionPolicy,
  now: number,
): string | undefined {
  if (last !== undefined && kept < last) return `retain_last: it is one of the ${last} newest`;
  const date = dateOf(image) ?? now;
  return age !== undefined && now - date <= age ? 'retain_for: it is not old enough' : undefined;
}

function decision(
  image: Image,
  { own, others }: Usage,
  how: {
    readonly now: number;
    readonly stays: string | undefined;
    readonly isProtected: boolean;
    readonly policy: RetentionPolicy;
  },
): Decision {
  const { ImageId: id = '', ImageName: name = '' } = image;
  const { now, stays, isProtected, policy } = how;
  const date = dateOf(image);
  return {
    id,
    name,
    age: date === undefined ? undefined : now - date,
    goes: stays === undefined,
    isProtected,
    why: stays ?? whyGone(policy),
    snapshots: own,
    others,
  };
}

const whyGone = ({ last, age }: RetentionPolicy): string =>
  [
    ...(last === undefined ? [] : [`not one of the ${last} newest`]),
    ...(age === undefined ? [] : ['older than retain_for']),
  ].join(', ');
