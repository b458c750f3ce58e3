import type { RequestOf } from '../api.js';
import { ApiError } from '../errors.js';

type Request = RequestOf<'CreateImage'>;

/** The product code that the API adds to every OMI (recorded from the real API, August 2026). */
const standard = '0001';

/** The product codes of a source that a registration must name; none if the API adds them. */
export const inheritedProductCodes = (codes: readonly string[] = []): readonly string[] =>
  codes.every((code) => code === standard) ? [] : codes;

/**
 * Whether product codes may be the reason for a refused registration: the API does not name the parameter.
 */
export const mayDropProductCodes = ({ ProductCodes = [] }: Request, error: unknown): boolean =>
  ProductCodes.length > 0 &&
  error instanceof ApiError &&
  ['request', 'permission', 'not-found'].includes(error.refusal);

export function withoutProductCodes(request: Request): Request {
  const less = { ...request };
  delete less.ProductCodes;
  return less;
}
