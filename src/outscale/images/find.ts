import { BuildError } from '../../common/errors.js';
import type { Image, RequestOf } from '../api.js';
import { readAll } from '../calls/list-all.js';
import type { Cloud } from '../client/client.js';
import { type Condition, conditionsOf, filtersToAsk, fits } from './filters.js';

type Filters = NonNullable<RequestOf<'ReadImages'>['Filters']>;

/** What is looked for. */
export interface Wanted {
  /** By name, each with its alternatives. */
  readonly filters: ReadonlyMap<string, readonly string[]>;
  /** Account IDs, `self`, aliases; alternatives. */
  readonly owners: readonly string[];
  /** The only OMI that it may be. */
  readonly pin?: string | undefined;
  /** What the OMI must run on, where the filters do not say it. */
  readonly architecture: string;
}

/** The most that one page can have (`ResultsPerPage` of `ReadImagesRequest`). */
const pageSize = 1000;

/**
 * Every available OMI that is looked for, the newest first. IDs and aliases of owners are asked for apart, for the
 * API ANDs different filters: one call a page, and one or two rounds.
 * @param account what `self` means.
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
  if (!own.some(({ field }) => field === 'Architectures'))
    added.push({ name: 'architecture', field: 'Architectures', values: [architecture] });
  return [...added, ...own];
}

function ownersToAsk(owners: readonly string[], account: string): Filters[] {
  if (owners.length === 0) throw new BuildError('source_omi_filter: owners is empty');
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
 * The one OMI to take.
 * @throws BuildError when there is none, or several of which none is to be preferred.
 */
export function chooseImage(found: readonly Image[], mostRecent: boolean): Image {
  const [first, second] = found;
  if (first === undefined) {
    throw new BuildError('source_omi_filter: no available OMI matches it', {
      hint: 'Filters, owners, pin and the architecture of this VM must all fit one OMI.',
    });
  }
  if (second === undefined) return first;
  const output = found.slice(0, 10).map(showImage);
  if (!mostRecent) {
    throw new BuildError(`source_omi_filter: ${found.length} OMIs match it, and one is wanted`, {
      output,
      hint: 'Make the filter narrower, or set most_recent.',
    });
  }
  if (dateOf(first) > dateOf(second)) return first;
  throw new BuildError('source_omi_filter: which of the OMIs is the most recent cannot be told', { output });
}

/** An OMI in a line: ID, name, owner, date. */
export const showImage = ({ ImageId, ImageName, AccountAlias, AccountId, CreationDate }: Image): string =>
  [ImageId, ImageName, AccountAlias ?? AccountId, CreationDate].filter(Boolean).join(' ');
