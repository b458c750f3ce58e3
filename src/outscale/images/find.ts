import { BuildError } from '../../common/errors.js';
import type { Image, RequestOf } from '../api.js';
import { unknownAccount } from '../calls/account.js';
import { readAll } from '../calls/list-all.js';
import type { Cloud } from '../client/client.js';
import { type Condition, conditionsOf, filtersToAsk, fits } from './filters.js';

type Filters = NonNullable<RequestOf<'ReadImages'>['Filters']>;

/** What to search for. */
export interface Wanted {
  /** Filter values by filter name; any of the values may match. */
  readonly filters: ReadonlyMap<string, readonly string[]>;
  /** Account IDs, `self` and aliases; any of them may match. */
  readonly owners: readonly string[];
  /** ID of the only accepted OMI. */
  readonly pin?: string | undefined;
  /** Required architecture, unless a filter sets it; undefined for any. */
  readonly architecture: string | undefined;
}

/** Maximum of `ResultsPerPage` in `ReadImagesRequest`. */
const pageSize = 1000;

/**
 * Lists the available OMIs that match, newest first. Owner IDs and owner aliases need separate requests,
 * because the API ANDs different filters.
 * @param account the account ID that `self` stands for.
 */
export async function findImages(cloud: Cloud, account: string, wanted: Wanted): Promise<Image[]> {
  const conditions = allConditions(wanted);
  const found = await Promise.all(
    ownersToAsk(wanted.owners, account).map(async (owner) => {
      const images = await readAll(cloud, 'ReadImages', {
        Filters: { ...filtersToAsk(conditions), ...owner },
        ResultsPerPage: pageSize,
      });
      return images.filter((image) => isOwnedBy(image, owner) && fits(image, conditions));
    }),
  );
  const joined = new Map(found.flat().map((image) => [image.ImageId, image]));
  return [...joined.values()].toSorted((one, other) => dateOf(other) - dateOf(one));
}

function allConditions({ filters, pin, architecture }: Wanted): Condition[] {
  const own = conditionsOf(filters);
  const added: Condition[] = [{ name: 'state', field: 'States', values: ['available'] }];
  if (pin !== undefined) added.push({ name: 'source_omi', field: 'ImageIds', values: [pin] });
  if (architecture !== undefined && !own.some(({ field }) => field === 'Architectures'))
    added.push({ name: 'architecture', field: 'Architectures', values: [architecture] });
  return [...added, ...own];
}

function ownersToAsk(owners: readonly string[], account: string): Filters[] {
  if (owners.length === 0) throw new BuildError('source_omi_filter: owners is empty');
  if (account === unknownAccount && owners.includes('self'))
    throw new BuildError('source_omi_filter: the account that owners calls self is unknown', {
      hint: 'Write its ID, or allow api:ReadAccounts to the user that the keys belong to.',
    });
  const ids = owners
    .map((owner) => (owner === 'self' ? account : owner))
    .filter((owner) => /^\d+$/.test(owner));
  const aliases = owners.filter((owner) => owner !== 'self' && !/^\d+$/.test(owner));
  return [
    ...(ids.length > 0 ? [{ AccountIds: [...new Set(ids)] }] : []),
    ...(aliases.length > 0 ? [{ AccountAliases: [...new Set(aliases)] }] : []),
  ];
}

const isOwnedBy = ({ AccountId, AccountAlias }: Image, { AccountIds, AccountAliases }: Filters): boolean =>
  (AccountIds === undefined || AccountId === undefined || AccountIds.includes(AccountId)) &&
  (AccountAliases === undefined ||
    AccountAlias === undefined ||
    AccountAliases.some((alias) => alias.toLowerCase() === AccountAlias.toLowerCase()));

const dateOf = ({ CreationDate = '' }: Image): number => Date.parse(CreationDate) || 0;

/**
 * Selects an OMI, such as the source of a build.
 * @param option the option to name in errors
 * @throws BuildError if no OMI matches, or if several match and none is preferred.
 */
export function chooseImage(
  found: readonly Image[],
  mostRecent: boolean,
  option: 'source_omi_filter' | 'family' = 'source_omi_filter',
): Image {
  const [first, second] = found;
  if (first === undefined) {
    throw new BuildError(`${option}: no available OMI matches`, {
      hint:
        option === 'family'
          ? 'Check the name and the region.'
          : 'Check filters, owners, the pinned ID, and the architecture: one OMI must match them all.',
    });
  }
  if (second === undefined) return first;
  const output = found.slice(0, 10).map(showImage);
  if (!mostRecent) {
    throw new BuildError(`${option}: ${found.length} OMIs match, expected one`, {
      output,
      hint: 'Narrow the filter, or set most_recent.',
    });
  }
  if (dateOf(first) > dateOf(second)) return first;
  throw new BuildError(
    `${option}: cannot determine the most recent OMI, because creation dates are missing or equal`,
    { output },
  );
}

/** One line for an OMI: ID, name, owner, date. */
export const showImage = ({ ImageId, ImageName, AccountAlias, AccountId, CreationDate }: Image): string =>
  [ImageId, ImageName, AccountAlias ?? AccountId, CreationDate].filter(Boolean).join(' ');
