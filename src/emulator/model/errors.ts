/** One entry of an error answer (schema `Errors`). */
export interface ErrorEntry {
  readonly Code: string;
  readonly Type: string;
  readonly Details: string;
}

/** A refusal in the API's format: an HTTP status and one or more errors (schema `ErrorResponse`). */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(
    readonly status: number,
    readonly errors: readonly ErrorEntry[],
  ) {
    super(errors.map((fault) => `${fault.Code} ${fault.Type}: ${fault.Details}`).join('; '));
  }
}

const refusal = (status: number, Code: string, Type: string, Details: string): ApiError =>
  new ApiError(status, [{ Code, Type, Details }]);

/*
 * Statuses, codes and types are those of the recordings of the real API (docs/contributing/emulator.md,
 * "Errors") and of Outscale's page of errors (docs.outscale.com/api-errors.html). Where the number is
 * unknown: 9029 stands for a conflict, which the official SDKs recognize by its range, and codes from 90000
 * on are the emulator's own.
 */

export const notAuthenticated = (why: string) =>
  refusal(401, '1', 'AccessDenied', `Not authenticated: ${why}`);
export const methodNotAllowed = () => refusal(405, '2', 'AccessDenied', 'Only POST is supported.');
/** An access key that does not exist. A wrong signature with an existing key is `notAuthenticated`. */
export const unknownKey = () =>
  refusal(400, '4120', 'InvalidParameterValue', 'The access key does not exist.');
export const keyLocked = (seconds: number) =>
  refusal(
    401,
    '13',
    'AccessDenied',
    `Too many failed connection attempts. Your access has been locked for ${seconds} seconds.`,
  );
export const missingParameter = (name: string): ErrorEntry => ({
  Code: '7007',
  Type: 'MissingParameter',
  Details: `The parameter '${name}' is required.`,
});

const throttlings: readonly { readonly status: number; readonly Code: string }[] = [
  { status: 503, Code: '6' },
  { status: 429, Code: '24' },
  { status: 429, Code: '25' },
];

/** The three throttling responses of the API in turn: for the platform, the account, the call. */
export function throttled(turn: number): ApiError {
  const { status, Code } = throttlings[turn % throttlings.length] ?? { status: 503, Code: '6' };
  return refusal(status, Code, 'AccessDenied', 'Request rate exceeded.');
}

/** The account exceeded its calls per second. */
export const accountThrottled = () => refusal(429, '24', 'AccessDenied', 'Request rate exceeded.');

export const unknownParameter = (name: string): ErrorEntry => ({
  Code: '90001',
  Type: 'InvalidParameter',
  Details: `The parameter '${name}' is not known.`,
});
export const invalidValue = (name: string, why: string, Code = '90002'): ErrorEntry => ({
  Code,
  Type: 'InvalidParameterValue',
  Details: `The parameter '${name}' is invalid: ${why}`,
});
export const missing = (name: string) => new ApiError(400, [missingParameter(name)]);
export const invalid = (name: string, why: string, code?: string) =>
  new ApiError(400, [invalidValue(name, why, code)]);

/** Codes specific to one parameter (osc-bsu-csi-driver, terraform-provider-outscale). */
export const parameterCodes = {
  device: '4019',
  iops: '4029',
  tooSmall: '4078',
  idPrefixInFilter: '4104',
  idPrefix: '4105',
  pageToken: '4116',
  size: '4125',
  iopsRatio: '4202',
} as const;

/** Codes for unknown IDs, by ID prefix. */
const unknownIds = new Map([
  ['i', { Code: '5063', kind: 'VM' }],
  ['vol', { Code: '5064', kind: 'volume' }],
  ['snap', { Code: '5054', kind: 'snapshot' }],
  ['ami', { Code: '5023', kind: 'image' }],
]);

/** The VM, volume, snapshot or OMI does not exist or belongs to another account. */
export function noSuch(id: string): ApiError {
  const known = unknownIds.get(id.replace(/-.*/s, ''));
  if (known === undefined) return wrongPrefix(id);
  return refusal(400, known.Code, 'InvalidResource', `The ${known.kind} '${id}' does not exist.`);
}
export const wrongPrefix = (id: string) =>
  invalid('ID', `'${id}' does not have the expected prefix`, parameterCodes.idPrefix);

export const conflict = (why: string, Code = '9029') => refusal(409, Code, 'ResourceConflict', why);
export const nameTaken = (name: string, owner: string) =>
  conflict(`The OMI name '${name}' is already used by '${owner}'.`, '9015');
export const snapshotInUse = (snapshot: string, image: string) =>
  conflict(`The snapshot '${snapshot}' is in use by the OMI '${image}'.`, '9094');
const inState = (id: string, state: string, wanted: string): string =>
  `'${id}' is '${state}' but must be ${wanted}.`;
export const wrongVolumeState = (id: string, state: string, wanted: string) =>
  refusal(409, '6007', 'InvalidVolumeState', inState(id, state, wanted));
export const wrongState = (id: string, state: string, wanted: string) =>
  refusal(409, '6003', 'InvalidState', inState(id, state, wanted));
/** 10018 is the volume quota; the code for the volumes of one VM is unknown. */
export const tooManyVolumes = (what: string) => refusal(400, '10018', 'TooManyResources', what);
export const unknownCall = (name: string) =>
  refusal(400, '90007', 'InvalidAction', `The emulator does not support the call '${name}'.`);
export const internal = (why: string) => refusal(500, '2000', 'InternalError', why);
