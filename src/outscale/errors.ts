import { BuildError } from '../common/errors.js';

/** Why the API refused a call, as far as callers distinguish it. */
export type Refusal =
  | 'throttled'
  | 'server'
  | 'authentication'
  | 'permission'
  | 'not-found'
  | 'conflict'
  | 'quota'
  | 'request';

/** The API's description of a refusal: schema `Errors`, which requires no field. */
export interface RefusalDetails {
  readonly status: number;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly details?: string | undefined;
}

/** Codes with one meaning, whatever the status (recordings of the real API, official clients). */
const codes = new Map<string, Refusal>([
  ...['6', '24', '25'].map((code): [string, Refusal] => [code, 'throttled']),
  ...['1', '5', '7', '14', '20', '4000', '4120'].map((code): [string, Refusal] => [code, 'authentication']),
  ['4', 'permission'],
]);

/** Other codes, by thousands. */
const ranges: Readonly<Record<number, Refusal>> = {
  5: 'not-found',
  6: 'conflict',
  9: 'conflict',
  10: 'quota',
};

const types: Readonly<Record<string, Refusal>> = {
  InvalidResource: 'not-found',
  ResourceConflict: 'conflict',
  InvalidState: 'conflict',
  DependencyProblem: 'conflict',
  TooManyResources: 'quota',
  InsufficientCapacity: 'quota',
};

/** Classifies by code, else by type, else by status: the API uses several statuses for the same refusal. */
export function classify({ status, code = '', type = '' }: RefusalDetails): Refusal {
  const range = /^\d+$/.test(code) ? ranges[Math.floor(Number(code) / 1000)] : undefined;
  return codes.get(code) ?? range ?? types[type.replace(/ .*/, '')] ?? byStatus(status);
}

function byStatus(status: number): Refusal {
  if (status === 429) return 'throttled';
  // Not implemented: a repetition cannot succeed.
  if (status === 501) return 'request';
  if (status >= 500) return 'server';
  if (status === 401 || status === 403) return 'authentication';
  if (status === 404) return 'not-found';
  return status === 409 || status === 424 ? 'conflict' : 'request';
}

const openings: Readonly<Record<Refusal, (operation: string) => string>> = {
  throttled: (operation) => `${operation} was throttled`,
  server: (operation) => `${operation} failed: API server error`,
  authentication: (operation) => `${operation} failed: the API refused the credentials`,
  permission: (operation) => `${operation} failed: not permitted with these credentials`,
  'not-found': (operation) => `${operation} failed: resource not found`,
  conflict: (operation) => `${operation} failed: resource conflict`,
  quota: (operation) => `${operation} failed: quota or capacity exhausted`,
  request: (operation) => `${operation} was refused`,
};

/** The API refused a call. */
export class ApiError extends BuildError {
  override name = 'ApiError';
  readonly refusal: Refusal;
  /** The message without the request ID: equal refusals have equal reasons. */
  readonly reason: string;

  constructor(
    readonly operation: string,
    readonly fault: RefusalDetails,
    readonly requestId: string | undefined,
    /** Milliseconds to wait, from the header `Retry-After`. */
    readonly retryAfter?: number | undefined,
    hint?: string,
  ) {
    const refusal = classify(fault);
    const { status, code, type, details } = fault;
    const coded = [code && `code ${code}`, type].filter(Boolean).join(' ');
    const reason = `${openings[refusal](operation)}: ${[`status ${status}`, coded, details].filter(Boolean).join(', ')}`;
    super(`${reason} (request ID ${requestId ?? 'not given'})`, hint === undefined ? {} : { hint });
    this.refusal = refusal;
    this.reason = reason;
  }
}

/** There was no response. */
export class ConnectionError extends BuildError {
  override name = 'ConnectionError';
  constructor(
    readonly operation: string,
    message: string,
    /** Whether the API may have received and carried out the request. */
    readonly sent: boolean,
    /** Whether a repetition cannot succeed. */
    readonly lasting: boolean,
    /** The code of node or undici; empty if there is none. */
    readonly code: string,
    hint?: string,
  ) {
    super(`${operation}: ${message}`, hint === undefined ? {} : { hint });
  }
}

/**
 * The response has status 2xx, but its body is not a result of the call: not JSON, truncated, empty, or
 * without the required list or ID. Gateways, proxies and captive portals send such responses. Whether the API
 * carried out the call is unknown.
 */
export class InvalidAnswerError extends BuildError {
  override name = 'InvalidAnswerError';
  constructor(
    readonly operation: string,
    readonly status: number,
    message: string,
    hint: string,
  ) {
    super(`${operation}: ${message}`, { hint });
  }
}

/**
 * The API may have carried out a call that is not repeatable: look up the result before repeating the call.
 * The cause is a ConnectionError, an InvalidAnswerError, or the ApiError of a server error.
 */
export class AnswerLostError extends BuildError {
  override name = 'AnswerLostError';
  constructor(
    readonly operation: string,
    cause: unknown,
  ) {
    super(`${operation}: unknown outcome, the API may have carried it out`, { cause });
  }
}

const isRefusal = (error: unknown, refusal: Refusal): error is ApiError =>
  error instanceof ApiError && error.refusal === refusal;

/** The API does not know the ID. A deletion counts as done. */
export const isGone = (error: unknown): boolean => isRefusal(error, 'not-found');

/** A name, a device name or a resource is in use, or a resource is in the wrong state. */
export const isConflict = (error: unknown): error is ApiError => isRefusal(error, 'conflict');

/** The snapshot is used by an OMI (code 9094, recorded). */
export const isSnapshotInUse = (error: unknown): error is ApiError =>
  isConflict(error) && error.fault.code === '9094';

export const isAuthentication = (error: unknown): boolean => isRefusal(error, 'authentication');

export const isPermission = (error: unknown): boolean => isRefusal(error, 'permission');

/** The platform, the account or the call has reached its rate of calls. */
export const isThrottled = (error: unknown): boolean => isRefusal(error, 'throttled');

/**
 * The API refuses this call, with these parameters, to valid credentials: a policy forbids it, the server
 * does not serve it, or a parameter or the state of a resource is the reason.
 */
export const isRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  error.fault.status >= 400 && // A redirect means the wrong endpoint.
  !['throttled', 'server', 'authentication'].includes(error.refusal);

/**
 * Whether a repetition may succeed: throttling, server errors, lost connections, timeouts, invalid responses.
 */
export const isTransient = (error: unknown): boolean =>
  error instanceof ConnectionError
    ? !error.lasting
    : error instanceof InvalidAnswerError || isThrottled(error) || isRefusal(error, 'server');

/** Whether the API may have carried out a call that failed with this error. */
export const isAmbiguous = (error: unknown): boolean =>
  error instanceof ConnectionError
    ? error.sent
    : error instanceof InvalidAnswerError || isRefusal(error, 'server');
