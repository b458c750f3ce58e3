import { BuildError } from '../common/errors.js';

/** Why the API said no, as far as a caller acts on it. */
export type Refusal =
  | 'throttled'
  | 'server'
  | 'authentication'
  | 'permission'
  | 'not-found'
  | 'conflict'
  | 'quota'
  | 'request';

/** What the API says of a refusal: schema `Errors`, of which no field is required. */
export interface Fault {
  readonly status: number;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly details?: string | undefined;
}

/** Codes that mean one thing, whatever their status (recorded answers and official clients of the API). */
const codes = new Map<string, Refusal>([
  ...['6', '24', '25'].map((code): [string, Refusal] => [code, 'throttled']),
  ...['1', '5', '7', '14', '20', '4000', '4120'].map((code): [string, Refusal] => [code, 'authentication']),
  ['4', 'permission'],
]);

/** Other codes, by their thousands. */
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

/** By the code, else by the type, else by the status: the same refusal comes with several statuses. */
export function classify({ status, code = '', type = '' }: Fault): Refusal {
  const range = /^\d+$/.test(code) ? ranges[Math.floor(Number(code) / 1000)] : undefined;
  return codes.get(code) ?? range ?? types[type.replace(/ .*/, '')] ?? byStatus(status);
}

function byStatus(status: number): Refusal {
  if (status === 429) return 'throttled';
  if (status >= 500) return 'server';
  if (status === 401 || status === 403) return 'authentication';
  if (status === 404) return 'not-found';
  return status === 409 || status === 424 ? 'conflict' : 'request';
}

const openings: Readonly<Record<Refusal, (operation: string) => string>> = {
  throttled: (operation) => `${operation} was throttled`,
  server: (operation) => `${operation} failed on the side of the API`,
  authentication: (operation) => `The credentials were refused by ${operation}`,
  permission: (operation) => `${operation} is not permitted with these credentials`,
  'not-found': (operation) => `${operation} did not find what it was asked for`,
  conflict: (operation) => `${operation} was refused because of the state of things`,
  quota: (operation) => `${operation} failed: a quota or the capacity is used up`,
  request: (operation) => `${operation} was refused`,
};

/** The API answered, and the answer is no. */
export class ApiError extends BuildError {
  override name = 'ApiError';
  readonly refusal: Refusal;

  constructor(
    readonly operation: string,
    readonly fault: Fault,
    readonly requestId: string | undefined,
    /** Milliseconds that the API asks to wait, by its header `Retry-After`. */
    readonly retryAfter?: number | undefined,
    hint?: string,
  ) {
    const refusal = classify(fault);
    const { status, code, type, details: words } = fault;
    const coded = [code && `code ${code}`, type].filter(Boolean).join(' ');
    super(
      `${openings[refusal](operation)}: ${[`status ${status}`, coded, words].filter(Boolean).join(', ')}` +
        ` (request ID ${requestId ?? 'not given'})`,
      hint === undefined ? {} : { hint },
    );
    this.refusal = refusal;
  }
}

/** There was no answer. */
export class ConnectionError extends BuildError {
  override name = 'ConnectionError';
  constructor(
    readonly operation: string,
    message: string,
    /** Whether the API may have got the request and done what it asks. */
    readonly sent: boolean,
    /** Whether asking again is in vain. */
    readonly lasting: boolean,
    /** The code that node or undici gave, empty if none. */
    readonly code: string,
    hint?: string,
  ) {
    super(`${operation}: ${message}`, hint === undefined ? {} : { hint });
  }
}

/**
 * The API answered with status 2xx, but the body is not the result of the call: not JSON, cut off, empty, or without the
 * list or the ID that it is about. A gateway, a proxy or a captive portal answers so. Whether the call was done is unknown.
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
 * A call that must not be repeated blindly was sent and nobody knows whether it was done: look, then ask again.
 * Its cause is the ConnectionError, the InvalidAnswerError, or the ApiError of a server error.
 */
export class AnswerLostError extends BuildError {
  override name = 'AnswerLostError';
  constructor(
    readonly operation: string,
    cause: unknown,
  ) {
    super(`${operation} may or may not have been done`, { cause });
  }
}

const isRefusal = (error: unknown, refusal: Refusal): boolean =>
  error instanceof ApiError && error.refusal === refusal;

/** The API knows nothing of the ID that was named: for a deletion that is as good as done. */
export const isGone = (error: unknown): boolean => isRefusal(error, 'not-found');

/** A name or a device is taken, or a thing is in use or not in the state for it. */
export const isConflict = (error: unknown): boolean => isRefusal(error, 'conflict');

export const isAuthentication = (error: unknown): boolean => isRefusal(error, 'authentication');

export const isPermission = (error: unknown): boolean => isRefusal(error, 'permission');

/** Whether the same call may well succeed later: throttling, server errors, lost connections, timeouts, invalid answers. */
export const isTransient = (error: unknown): boolean =>
  error instanceof ConnectionError
    ? !error.lasting
    : error instanceof InvalidAnswerError || isRefusal(error, 'throttled') || isRefusal(error, 'server');

/** Whether a call that ended so may have been done all the same. */
export const isAmbiguous = (error: unknown): boolean =>
  error instanceof ConnectionError
    ? error.sent
    : error instanceof InvalidAnswerError || isRefusal(error, 'server');
