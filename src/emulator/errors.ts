/** One entry of an error answer (schema `Errors`). */
export interface Fault {
  readonly Code: string;
  readonly Type: string;
  readonly Details: string;
}

/** A refusal in the API's own shape: an HTTP status and one or more errors (schema `ErrorResponse`). */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    readonly status: number,
    readonly errors: readonly Fault[],
  ) {
    super(errors.map((fault) => `${fault.Code} ${fault.Type}: ${fault.Details}`).join('; '));
  }
}

const refusal = (status: number, Code: string, Type: string, Details: string): ApiError =>
  new ApiError(status, [{ Code, Type, Details }]);

/*
 * Codes below 90000 are those of Outscale's page of errors (docs.outscale.com/api-errors.html).
 * Types are always that page's; codes from 90000 on are ours, where we do not know which of them the API uses.
 */

export const refusedForTest = () => refusal(400, '0', 'DefaultError', 'Refused, as the list of faults says.');
export const notAuthenticated = (why: string) =>
  refusal(401, '1', 'AccessDenied', `Not authenticated: ${why}`);
export const methodNotAllowed = () => refusal(405, '2', 'AccessDenied', 'Only POST is taken.');
export const notPermitted = (what: string) => refusal(401, '4', 'AccessDenied', `Not permitted: ${what}`);
export const keyLocked = (seconds: number) =>
  refusal(
    401,
    '13',
    'AccessDenied',
    `Too many failed connection attempts. Your access has been locked for ${seconds} seconds.`,
  );
export const missingParameter = (name: string): Fault => ({
  Code: '7007',
  Type: 'MissingParameter',
  Details: `The parameter '${name}' is required.`,
});

/** The three ways in which the API says "too fast", in turn: the whole platform, the account, the call. */
export function throttled(turn: number): ApiError {
  const ways: readonly [number, string][] = [
    [503, '6'],
    [429, '24'],
    [429, '25'],
  ];
  const [status, code] = ways[turn % ways.length] ?? [503, '6'];
  return refusal(status, code, 'AccessDenied', 'Request rate exceeded.');
}

export const unknownParameter = (name: string): Fault => ({
  Code: '90001',
  Type: 'InvalidParameter',
  Details: `The parameter '${name}' is not known.`,
});
export const invalidValue = (name: string, why: string): Fault => ({
  Code: '90002',
  Type: 'InvalidParameterValue',
  Details: `The parameter '${name}' is invalid: ${why}`,
});
export const missing = (name: string) => new ApiError(400, [missingParameter(name)]);
export const invalid = (name: string, why: string) => new ApiError(400, [invalidValue(name, why)]);
export const noSuch = (id: string) =>
  refusal(400, '90003', 'InvalidResource', `The resource '${id}' does not exist.`);
export const conflict = (why: string) => refusal(409, '90004', 'ResourceConflict', why);
export const wrongState = (id: string, state: string, wanted: string) =>
  refusal(409, '90005', 'InvalidState', `'${id}' is '${state}' and would have to be ${wanted}.`);
export const tooMany = (what: string) => refusal(400, '90006', 'TooManyResources', what);
export const unknownCall = (name: string) =>
  refusal(400, '90007', 'InvalidAction', `There is no call '${name}' here.`);
export const internal = (why: string) => refusal(500, '90500', 'InternalError', why);
