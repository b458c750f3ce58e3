import { version } from '../../common/version.js';
import { abortable, sleep as realSleep, type Sleep } from '../../common/wait.js';
import type { Operation, RequestOf, ResponseOf } from '../api.js';
import {
  AnswerLostError,
  ApiError,
  ConnectionError,
  InvalidAnswerError,
  isAmbiguous,
  isAuthentication,
} from '../errors.js';
import { clockSkew, readAnswer } from './answer.js';
import { connectionError } from './connection-error.js';
import { type RefusalCount, RefusedKeys } from './key-lockout.js';
import { isTimeout, mayHaveCreated, mustLookUp, nextDelay } from './retry.js';
import { ServerClock } from './server-clock.js';
import { type Keys, sign } from './sign.js';
import type { Transport } from './transport.js';

/** The API of one account in one region. */
export interface Cloud {
  readonly endpoint: string;
  /**
   * Makes one call and repeats it, for at most two minutes, where that is safe and may help. No field of the answer
   * is sure to be there. A repeated deletion may be told that there is nothing to delete: see `isGone`.
   * @throws ApiError when the API refuses, ConnectionError when there is no answer, InvalidAnswerError when the answer
   *   is not a result, AnswerLostError when the call may have been done and must be looked up before it is repeated, the signal's reason when that is aborted.
   */
  call<Op extends Operation>(
    operation: Op,
    request: RequestOf<Op>,
    watch?: CallWatch,
  ): Promise<ResponseOf<Op>>;
  /** The same, listening to this signal instead of any other. */
  with(signal: AbortSignal): Cloud;
}

/** Follows the attempts of one call. An attempt that is aborted has an unknown outcome and is not reported again. */
export interface CallWatch {
  /** Called immediately before each attempt is sent. */
  sent(): void;
  /** Called after each failed attempt; `isUnknown` if the API may have carried it out. */
  failed(isUnknown: boolean): void;
}

export interface CloudOptions {
  /** With its path: `https://api.eu-west-2.outscale.com/api/v1`. */
  readonly endpoint: string;
  readonly region: string;
  /** Asked before each attempt, for keys may expire. */
  readonly keys: () => Promise<Keys>;
  readonly transport: Transport;
  /** Counts refused keys for other processes too. */
  readonly refusals?: RefusalCount | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long a call may go on being repeated, in milliseconds; default two minutes. */
  readonly budget?: number;
  /** Gets a line an attempt, without secrets. */
  readonly debug?: (line: string) => void;
  /** This machine's clock in milliseconds since 1970; signs until an answer tells the API's time. */
  readonly clock?: () => number;
  /** Milliseconds that never jump, for the time that a call has taken. */
  readonly steady?: () => number;
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** What is sent. */
interface Request {
  readonly body: string;
  readonly isDryRun: boolean;
  /** Whether it did not answer in time before. */
  readonly isSlow: boolean;
  readonly watch: CallWatch | undefined;
}

/** What all clients of an account know together, whatever signal each of them listens to. */
interface Shared {
  readonly refused: RefusedKeys;
  readonly time: ServerClock;
  /** Whether there was a valid answer already. */
  answered: boolean;
}

/**
 * How long invalid answers are asked about again before there was any valid one, in milliseconds: then the address is
 * probably not that of the API.
 */
const budgetAtFirst = 10_000;

/** The client of one account in one region. */
export function createCloud(options: CloudOptions, known?: Shared): Cloud {
  const { region, keys, transport, signal, budget = 120_000, debug = () => {} } = options;
  const {
    clock = Date.now,
    steady = () => performance.now(),
    sleep = realSleep,
    random = Math.random,
  } = options;
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const shared = known ?? {
    refused: new RefusedKeys(options.refusals),
    time: new ServerClock(clock, steady),
    answered: false,
  };
  const { refused, time } = shared;

  /** One attempt: keys, signature, the network, what its answer means. */
  async function attempt<Op extends Operation>(
    operation: Op,
    request: Request,
    mayCorrectTime = true,
  ): Promise<ResponseOf<Op>> {
    const { body, isDryRun, isSlow, watch } = request;
    const current = await abortable(keys(), signal);
    refused.check(current.accessKey);
    const url = `${endpoint}/${operation}`;
    const signedAt = time.now();
    const headers = {
      'User-Agent': `build-omi/${version}`,
      ...sign({ url, body, region }, current, signedAt),
    };
    watch?.sent();
    const answer = await abortable(transport({ url, headers, body, signal, isSlow }), signal).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        throw connectionError(operation, endpoint, error);
      },
    );
    const { date } = answer.headers;
    try {
      const result = readAnswer(operation, endpoint, answer, signedAt, isDryRun);
      refused.note(current.accessKey);
      time.learn(date);
      shared.answered = true;
      return result;
    } catch (error) {
      refused.note(current.accessKey, error);
      if (!mayCorrectTime || !isAuthentication(error) || !ServerClock.isOff(date, signedAt)) throw error;
      // Refused for its time: this attempt counts like any other, until the next one succeeds.
      debug(
        `${operation} refused: ${clockSkew(date, signedAt)} s off the API's time, signed with that from now on`,
      );
      time.learn(date);
      return await attempt(operation, request, false);
    }
  }

  async function call<Op extends Operation>(
    operation: Op,
    request: RequestOf<Op>,
    watch?: CallWatch,
  ): Promise<ResponseOf<Op>> {
    let sent: Request = {
      body: JSON.stringify(request),
      isDryRun: request.DryRun === true,
      isSlow: false,
      watch,
    };
    const start = steady();
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      const begun = steady();
      const log = (...outcome: (string | number | undefined)[]): void =>
        debug([operation, ...outcome.filter(Boolean), Math.round(steady() - begun), 'ms'].join(' '));
      try {
        const result = await attempt(operation, sent);
        log('ok', result.ResponseContext?.RequestId);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        log(...outcomeOf(error));
        watch?.failed(isAmbiguous(error));
        if (isTimeout(error)) sent = { ...sent, isSlow: true };
        if (mustLookUp(error, operation, request)) throw new AnswerLostError(operation, error);
        const elapsed = steady() - start;
        const isFirst = error instanceof InvalidAnswerError && !shared.answered;
        const limit = isFirst ? Math.min(budget, budgetAtFirst) : budget;
        const delay = nextDelay(error, attempts, elapsed, random(), limit);
        if (delay === 'give up') {
          const last = attempts > 1 ? insisted(error, attempts, elapsed) : error;
          throw mayHaveCreated(error, operation, request) ? new AnswerLostError(operation, last) : last;
        }
        await sleep(delay, signal);
      }
    }
  }

  return { endpoint, call, with: (other) => createCloud({ ...options, signal: other }, shared) };
}

/** What a debug line says of a failed attempt: nothing that the user sent. */
function outcomeOf(error: unknown): (string | number | undefined)[] {
  if (error instanceof InvalidAnswerError) return [error.status, 'invalid answer'];
  if (!(error instanceof ApiError))
    return [error instanceof ConnectionError ? error.code || 'no answer' : 'failed'];
  const { status, code } = error.fault;
  return [status, code && `code ${code}`, error.requestId];
}

function insisted(error: unknown, attempts: number, elapsed: number): unknown {
  if (error instanceof Error)
    error.message += ` (asked ${attempts} times in ${Math.round(elapsed / 1000)} s)`;
  return error;
}
