import { invalid, parameterCodes } from '../model/errors.js';

interface PageRequest {
  readonly NextPageToken?: string | undefined;
  readonly ResultsPerPage?: number | undefined;
}

/**
 * One page of a list; the whole list without `ResultsPerPage`, as recorded (389 images in one response).
 * "Each token refers to a specific page": it is the last ID of the previous page, so that changes between two
 * requests do not shift pages.
 */
export function page<Item extends { readonly id: string }>(
  items: readonly Item[],
  { NextPageToken, ResultsPerPage }: PageRequest,
): { items: Item[]; next: { NextPageToken?: string } } {
  if (ResultsPerPage !== undefined && (ResultsPerPage < 1 || ResultsPerPage > 1000))
    throw invalid('ResultsPerPage', 'from 1 to 1000');
  const after = NextPageToken === undefined ? '' : Buffer.from(NextPageToken, 'base64').toString();
  if (NextPageToken !== undefined && !/^[a-z]+-\S+/.test(after))
    throw invalid('NextPageToken', 'unknown token', parameterCodes.pageToken);
  const rest = items.filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
  const taken = rest.slice(0, ResultsPerPage);
  const last = taken.at(-1);
  const more = last !== undefined && rest.length > taken.length;
  return { items: taken, next: more ? { NextPageToken: Buffer.from(last.id).toString('base64') } : {} };
}
