import type { RequestOf } from '../api.js';
import { ApiError } from '../errors.js';

type Request = RequestOf<'CreateImage'>;

/** Whether product codes may be the reason for a refused registration: the API does not name the parameter. */
export const mayDropProductCodes = ({ ProductCodes = [] }: Request, error: unknown): boolean =>
  ProductCodes.length > 0 &&
  error instanceof ApiError &&
  ['request', 'permission', 'not-found'].includes(error.refusal);

export function withoutProductCodes(request: Request): Request {
  const less = { ...request };
  delete less.ProductCodes;
  return less;
}
