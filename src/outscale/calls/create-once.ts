import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import type { RequestOf } from '../api.js';
import type { CallWatch, Cloud } from '../client/client.js';
import { AnswerLostError, isConflict } from '../errors.js';
import { required } from './required.js';

export interface Once<T> {
  /** Makes the call that must not be repeated blindly. */
  readonly ask: () => Promise<T>;
  /** Looks whether it was done after all; undefined if not. */
  readonly find: () => Promise<T | undefined>;
  readonly attempts?: number;
  readonly signal?: AbortSignal | undefined;
  readonly sleep?: Sleep;
}

/**
 * Has a thing done once, though answers get lost: after each AnswerLostError it looks, and asks again only for what
 * is not to be found. A conflict after a lost answer is looked into as well: the lost call may have come late.
 * @throws what `ask` and `find` throw, the last AnswerLostError when the attempts (default 5) are used up.
 */
export async function askOnce<T>({
  ask,
  find,
  attempts = 5,
  signal,
  sleep = realSleep,
}: Once<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const lost = error instanceof AnswerLostError;
      if (!lost && !(attempt > 1 && isConflict(error))) throw error;
      const found = await find();
      if (found !== undefined) return found;
      if (attempt === attempts) throw error;
      await sleep(250 * 2 ** attempt, signal);
    }
  }
}

type WithToken<Request> = Request & { readonly ClientToken: string };

/** Each attempt repeats the call for up to two minutes by itself. */
const attempts = 3;

/**
 * Creates a volume, once though answers get lost or take longer than the timeout: its ClientToken finds it.
 * @param watch follows every attempt
 * @returns its ID
 * @throws as askOnce
 */
export async function createVolume(
  cloud: Cloud,
  request: WithToken<RequestOf<'CreateVolume'>>,
  signal: AbortSignal,
  watch?: CallWatch,
): Promise<string> {
  const { ClientToken: token } = request;
  const find = async (): Promise<string | undefined> => {
    const { Volumes } = await cloud.call('ReadVolumes', { Filters: { ClientTokens: [token] } });
    return ofToken(token, Volumes)?.VolumeId;
  };
  const ask = async (): Promise<string> => {
    const { Volume } = await cloud.call('CreateVolume', request, watch);
    return required(Volume?.VolumeId, 'CreateVolume', 'volume');
  };
  return await askOnce({ ask, find, attempts, signal });
}

/** Creates a snapshot, in the same way. */
export async function createSnapshot(
  cloud: Cloud,
  request: WithToken<RequestOf<'CreateSnapshot'>>,
  signal: AbortSignal,
  watch?: CallWatch,
): Promise<string> {
  const { ClientToken: token } = request;
  const find = async (): Promise<string | undefined> => {
    const { Snapshots } = await cloud.call('ReadSnapshots', { Filters: { ClientTokens: [token] } });
    return ofToken(token, Snapshots)?.SnapshotId;
  };
  const ask = async (): Promise<string> => {
    const { Snapshot } = await cloud.call('CreateSnapshot', request, watch);
    return required(Snapshot?.SnapshotId, 'CreateSnapshot', 'snapshot');
  };
  return await askOnce({ ask, find, attempts, signal });
}

/** An API that does not show tokens is believed only if its filter left one thing. */
const ofToken = <T extends { readonly ClientToken?: string | undefined }>(
  token: string,
  found: readonly T[] = [],
): T | undefined =>
  found.find(({ ClientToken }) => ClientToken === token) ??
  (found.length === 1 && found[0]?.ClientToken === undefined ? found[0] : undefined);
