import { version } from '../version.js';
import { abortable, sleep as realSleep, type Sleep } from '../wait.js';
import { readAnswer } from './answer.js';
import type { Operation, RequestOf, ResponseOf } from './api.js';
import { connectionError } from './connection.js';
import { AnswerLostError, ApiError, ConnectionError, isAmbiguous } from './errors.js';
import { RefusedKeys } from './refused-keys.js';
import { isRepeatable, nextDelay } from './retry.js';
import { type Keys, sign } from './sign.js';
import type { Transport } from './transport.js';

/** The API of one account in one region. */
export interface Cloud {
  readonly endpoint: string;
  /**
   * Makes one call and repeats it, for at most two minutes, where that is safe and may help. No field of the answer
   * is sure to be there. A repeated deletion may be told that there is nothing to delete: see `isGone`.
   * @throws ApiError when the API refuses, ConnectionError when there is no answer, AnswerLostError when the call may
   *   have been done and must not be repeated blindly, the signal's reason when that is aborted.
   */
  call<Op extends Operation>(operation: Op, request: RequestOf<Op>): Promise<ResponseOf<Op>>;
  /** The same, listening to this signal instead of any other. */
  with(signal: AbortSignal): Cloud;
}

export interface CloudOptions {
  /** With its path: `https://api.eu-west-2.outscale.com/api/v1`. */
  readonly endpoint: string;
  readonly region: string;
  /** Asked before each attempt, for keys may expire. */
  readonly keys: () => Promise<Keys>;
  readonly transport: Transport;
  readonly signal?: AbortSignal | undefined;
  /** How long a call may go on being repeated, in milliseconds; default two minutes. */
  readonly budget?: number;
  /** Gets a line an attempt, without secrets. */
  readonly debug?: (line: string) => void;
  /** The date in milliseconds since 1970, for signatures. */
  readonly clock?: () => number;
  /** Milliseconds that never jump, for the time that a call has taken. */
  readonly steady?: () => number;
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export function createCloud(options: CloudOptions, refused = new RefusedKeys()): Cloud {
  const { region, keys, transport, signal, budget = 120_000, debug = () => {} } = options;
  const {
    clock = Date.now,
    steady = () => performance.now(),
    sleep = realSleep,
    random = Math.random,
  } = options;
  const endpoint = options.endpoint.replace(/\/+$/, '');

  /** One attempt: keys, signature, the network, what its answer means. */
  async function attempt<Op extends Operation>(operation: Op, body: string): Promise<ResponseOf<Op>> {
    const current = await abortable(keys(), signal);
    refused.check(current.accessKey);
    const url = `${endpoint}/${operation}`;
    const sentAt = clock();
    const headers = { 'User-Agent': `build-omi/${version}`, ...sign({ url, body, region }, current, sentAt) };
    const answer = await abortable(transport({ url, headers, body, signal }), signal).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        throw connectionError(operation, endpoint, error);
      },
    );
    try {
      const result = readAnswer(operation, endpoint, answer, sentAt);
      refused.note(current.accessKey);
      return result;
    } catch (error) {
      refused.note(current.accessKey, error);
      throw error;
    }
  }

  async function call<Op extends Operation>(operation: Op, request: RequestOf<Op>): Promise<ResponseOf<Op>> {
    const body = JSON.stringify(request);
    const start = steady();
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      const sent = steady();
      const tell = (...outcome: (string | number | undefined)[]): void =>
        debug([operation, ...outcome.filter(Boolean), Math.round(steady() - sent), 'ms'].join(' '));
      try {
        const result = await attempt(operation, body);
        tell('ok', result.ResponseContext?.RequestId);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        tell(...outcomeOf(error));
        if (isAmbiguous(error) && !isRepeatable(operation, request))
          throw new AnswerLostError(operation, error);
        const elapsed = steady() - start;
        const delay = nextDelay(error, attempts, elapsed, random(), budget);
        if (delay === 'give up') throw attempts > 1 ? insisted(error, attempts, elapsed) : error;
        await sleep(delay, signal);
      }
    }
  }

  return { endpoint, call, with: (other) => createCloud({ ...options, signal: other }, refused) };
}

/** What a debug line says of a failed attempt: nothing that the user sent. */
function outcomeOf(error: unknown): (string | number | undefined)[] {
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
