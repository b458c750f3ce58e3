import { invalid } from './errors.js';

interface PageRequest {
  readonly NextPageToken?: string | undefined;
  readonly ResultsPerPage?: number | undefined;
}

/** Ours: the description names a range for `ResultsPerPage` (1 to 1000) and no default. */
const usual = 100;

/**
 * One page of a list: "Each token refers to a specific page". The token is the last ID before it, so that what
 * comes and goes between two requests shifts nothing; it says nothing about the order of creation.
 */
export function page<Item extends { readonly id: string }>(
  items: readonly Item[],
  { NextPageToken, ResultsPerPage = usual }: PageRequest,
): { items: Item[]; next: { NextPageToken?: string } } {
  if (ResultsPerPage < 1 || ResultsPerPage > 1000) throw invalid('ResultsPerPage', 'from 1 to 1000');
  const after = NextPageToken === undefined ? '' : Buffer.from(NextPageToken, 'base64').toString();
  if (NextPageToken !== undefined && !/^[a-z]+-\S+/.test(after))
    throw invalid('NextPageToken', 'not one of ours');
  const rest = items.filter(({ id }) => id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
  const taken = rest.slice(0, ResultsPerPage);
  const last = taken.at(-1);
  const more = last !== undefined && rest.length > taken.length;
  return { items: taken, next: more ? { NextPageToken: Buffer.from(last.id).toString('base64') } : {} };
}
