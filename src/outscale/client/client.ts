import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import type { Operation, RequestOf, ResponseOf } from '../api.js';
import {
  AnswerLostError,
  ApiError,
  ConnectionError,
  InvalidAnswerError,
  isAmbiguous,
  isThrottled,
} from '../errors.js';
import { type AttemptOptions, attempt, type Outbound, type Shared } from './attempt.js';
import { type RefusalCount, RefusedKeys } from './key-lockout.js';
import { Outage } from './outage.js';
import type { Pace } from './pace.js';
import { isTimeout, mayHaveCreated, mustLookUp, nextDelay } from './retry.js';
import { ServerClock } from './server-clock.js';

/** The API of one account in one region. */
export interface Cloud {
  readonly endpoint: string;
  /**
   * Makes one call. It is repeated for up to two minutes where a repetition is safe and can succeed. Every
   * field of the response may be missing. A repeated deletion may fail because the resource no longer exists:
   * see `isGone`.
   * @throws ApiError if the API refuses; ConnectionError without a response; InvalidAnswerError if the
   *   response is not a result; AnswerLostError if the API may have carried out the call, so the caller must
   *   look it up before repeating it; the signal's reason if that is aborted.
   */
  call<Op extends Operation>(
    operation: Op,
    request: RequestOf<Op>,
    watch?: CallWatch,
  ): Promise<ResponseOf<Op>>;
  /** The same client with this signal in place of any other. */
  with(signal: AbortSignal): Cloud;
}

/**
 * Follows the attempts of one call. An attempt that is aborted has an unknown outcome and is not reported
 * again.
 */
export interface CallWatch {
  /** Called immediately before each attempt is sent. */
  sent(): void;
  /** Called after each failed attempt; `isUnknown` if the API may have carried it out. */
  failed(isUnknown: boolean): void;
}

export interface CloudOptions extends AttemptOptions {
  /** Counts refused keys for other processes too. */
  readonly refusals?: RefusalCount | undefined;
  /** When calls may be sent; unlimited by default. */
  readonly pace?: Pace | undefined;
  /** Receives one line per outage: the API cannot be reached, and why. */
  readonly notice?: (line: string) => void;
  /** Milliseconds during which a call is repeated; two minutes by default. */
  readonly budget?: number;
  /** This machine's clock in milliseconds since 1970. Signs until a response gives the API's time. */
  readonly clock?: () => number;
  /** Monotonic milliseconds, for the duration of a call. */
  readonly steady?: () => number;
  readonly sleep?: Sleep;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * Milliseconds during which invalid responses are retried before the first valid one: the endpoint is
 * probably not that of the API.
 */
const budgetAtFirst = 10_000;

/** The client of one account in one region. */
export function createCloud(options: CloudOptions, known?: Shared): Cloud {
  const {
    signal,
    pace,
    budget = 120_000,
    debug = () => {},
    notice = () => {},
    clock = Date.now,
    steady = () => performance.now(),
    sleep = realSleep,
    random = Math.random,
  } = options;
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const shared = known ?? {
    refusedKeys: new RefusedKeys(options.refusals),
    serverClock: new ServerClock(clock, steady),
    outage: new Outage(notice),
    answered: false,
  };

  async function call<Op extends Operation>(
    operation: Op,
    request: RequestOf<Op>,
    watch?: CallWatch,
  ): Promise<ResponseOf<Op>> {
    let outbound: Outbound = {
      body: JSON.stringify(request),
      isDryRun: request.DryRun === true,
      isSlow: false,
      onSend: () => watch?.sent(),
    };
    const name = outbound.isDryRun ? `${operation} (dry run)` : operation;
    const start = steady();
    let paced = 0;
    for (let attempts = 1; ; attempts++) {
      signal?.throwIfAborted();
      const asked = steady();
      const turn = (await pace?.turn(operation, signal)) ?? 0;
      const attemptStart = steady();
      paced += attemptStart - asked;
      const log = (...outcome: (string | number | undefined)[]): void =>
        debug([name, ...outcome.filter(Boolean), Math.round(steady() - attemptStart), 'ms'].join(' '));
      try {
        const result = await attempt(operation, outbound, { ...options, endpoint }, shared);
        shared.outage.end();
        log('ok', result.ResponseContext?.RequestId);
        return result;
      } catch (error) {
        signal?.throwIfAborted();
        log(...outcomeOf(error));
        watch?.failed(isAmbiguous(error));
        if (isThrottled(error)) pace?.refused(turn);
        if (isTimeout(error)) outbound = { ...outbound, isSlow: true };
        if (mustLookUp(error, operation, request)) throw new AnswerLostError(operation, error);
        // The time limit does not count the wait for a turn.
        const elapsed = steady() - start - paced;
        const isFirst = error instanceof InvalidAnswerError && !shared.answered;
        const limit = isFirst ? Math.min(budget, budgetAtFirst) : budget;
        const delay = nextDelay(error, attempts, elapsed, random(), limit);
        if (delay === 'give up') {
          const last = attempts > 1 ? withAttempts(error, attempts, elapsed) : error;
          throw mayHaveCreated(error, operation, request) ? new AnswerLostError(operation, last) : last;
        }
        shared.outage.failed(error, attempts);
        await sleep(delay, signal);
      }
    }
  }

  return { endpoint, call, with: (other) => createCloud({ ...options, signal: other }, shared) };
}

/** What the debug line of a failed attempt contains: nothing that the user sent. */
function outcomeOf(error: unknown): (string | number | undefined)[] {
  if (error instanceof InvalidAnswerError) return [error.status, 'invalid answer'];
  if (!(error instanceof ApiError))
    return [error instanceof ConnectionError ? error.code || 'no answer' : 'failed'];
  const { status, code } = error.fault;
  return [status, code && `code ${code}`, error.requestId];
}

function withAttempts(error: unknown, attempts: number, elapsed: number): unknown {
  if (error instanceof Error) error.message += ` (${attempts} attempts in ${Math.round(elapsed / 1000)} s)`;
  return error;
}
