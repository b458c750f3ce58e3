import { version } from '../../common/version.js';
import { abortable } from '../../common/wait.js';
import type { Operation, ResponseOf } from '../api.js';
import { isAuthentication } from '../errors.js';
import { clockSkew, readAnswer } from './answer.js';
import { connectionError } from './connection-error.js';
import type { RefusedKeys } from './key-lockout.js';
import type { Outage } from './outage.js';
import { ServerClock } from './server-clock.js';
import { type Keys, sign } from './sign.js';
import type { Transport } from './transport.js';

/** What an attempt needs, the same for every call of a client. */
export interface AttemptOptions {
  /** With its path: `https://api.eu-west-2.outscale.com/api/v1`. */
  readonly endpoint: string;
  readonly region: string;
  /** Called before each attempt, because keys may expire. */
  readonly keys: () => Promise<Keys>;
  readonly transport: Transport;
  readonly signal?: AbortSignal | undefined;
  /** Receives one line per attempt, without secrets. */
  readonly debug?: (line: string) => void;
}

/** State that all clients of an account share, whatever signal each of them listens to. */
export interface Shared {
  readonly refusedKeys: RefusedKeys;
  readonly serverClock: ServerClock;
  readonly outage: Outage;
  /** Whether the API has sent a valid answer. */
  answered: boolean;
}

/** One request. */
export interface Outbound {
  readonly body: string;
  readonly isDryRun: boolean;
  /** Whether an earlier attempt timed out. */
  readonly isSlow: boolean;
  /** Called immediately before the request is sent. */
  readonly onSend: () => void;
}

/**
 * Makes one attempt: reads the keys, signs, sends, and reads the answer. If the API refuses the signature
 * because of this machine's clock, it signs again with the API's time.
 * @throws as `Cloud.call`, except AnswerLostError.
 */
export async function attempt<Op extends Operation>(
  operation: Op,
  outbound: Outbound,
  options: AttemptOptions,
  shared: Shared,
  mayCorrectTime = true,
): Promise<ResponseOf<Op>> {
  const { endpoint, region, keys, transport, signal, debug } = options;
  const { refusedKeys, serverClock } = shared;
  const { body, isDryRun, isSlow, onSend } = outbound;
  const current = await abortable(keys(), signal);
  refusedKeys.check(current.accessKey);
  const url = `${endpoint}/${operation}`;
  const signedAt = serverClock.now();
  const headers = {
    'User-Agent': `build-omi/${version}`,
    ...sign({ url, body, region }, current, signedAt),
  };
  onSend();
  const answer = await abortable(transport({ url, headers, body, signal, isSlow }), signal).catch(
    (error: unknown) => {
      signal?.throwIfAborted();
      throw connectionError(operation, endpoint, error);
    },
  );
  const { date } = answer.headers;
  try {
    const result = readAnswer(operation, endpoint, answer, signedAt, isDryRun);
    refusedKeys.note(current.accessKey);
    serverClock.update(date);
    shared.answered = true;
    return result;
  } catch (error) {
    refusedKeys.note(current.accessKey, error);
    if (!mayCorrectTime || !isAuthentication(error) || !ServerClock.isOff(date, signedAt)) throw error;
    // This refusal counts like any other until the next attempt succeeds.
    debug?.(
      `${operation} refused: clock ${clockSkew(date, signedAt)} s off the API's time, which signs the next requests`,
    );
    serverClock.update(date);
    return await attempt(operation, outbound, options, shared, false);
  }
}
