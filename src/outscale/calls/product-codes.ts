import type { RequestOf } from '../api.js';
import { ApiError } from '../errors.js';

type Request = RequestOf<'CreateImage'>;

/** Whether a registration was refused so that its product codes may be why: it is not said which parameter it was. */
export const mayDropProductCodes = ({ ProductCodes = [] }: Request, error: unknown): boolean =>
  ProductCodes.length > 0 &&
  error instanceof ApiError &&
  ['request', 'permission', 'not-found'].includes(error.refusal);

export function withoutProductCodes(request: Request): Request {
  const less = { ...request };
  delete less.ProductCodes;
  return less;
}
