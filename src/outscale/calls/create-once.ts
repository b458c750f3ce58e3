import { sleep as realSleep, type Sleep } from '../../common/wait.js';
import type { RequestOf } from '../api.js';
import type { CallWatch, Cloud } from '../client/client.js';
import { AnswerLostError, isConflict } from '../errors.js';
import { required } from './required.js';

export interface Once<T> {
  /** Makes the call, which must not be repeated before a lookup. */
  readonly ask: () => Promise<T>;
  /** Looks up the result of a lost call; undefined if there is none. */
  readonly find: () => Promise<T | undefined>;
  readonly attempts?: number;
  readonly signal?: AbortSignal | undefined;
  readonly sleep?: Sleep;
}

/**
 * Makes a call exactly once although responses may be lost. After each AnswerLostError it looks up the result
 * and repeats the call only if there is none. It also looks up after a conflict that follows a lost response:
 * the API may have carried out the lost call late.
 * @throws what `ask` and `find` throw; the last AnswerLostError after the last attempt (5 by default).
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

/** The client itself repeats each attempt for up to two minutes. */
const attempts = 3;

/**
 * Creates exactly one volume although responses may be lost or time out: its ClientToken identifies it.
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
    return required(Volume?.VolumeId, 'CreateVolume');
  };
  return await askOnce({ ask, find, attempts, signal });
}

/** Creates exactly one snapshot, like `createVolume`. */
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
    return required(Snapshot?.SnapshotId, 'CreateSnapshot');
  };
  return await askOnce({ ask, find, attempts, signal });
}

/** If the API returns no tokens, its filter is trusted only if exactly one resource is left. */
const ofToken = <T extends { readonly ClientToken?: string | undefined }>(
  token: string,
  found: readonly T[] = [],
): T | undefined =>
  found.find(({ ClientToken }) => ClientToken === token) ??
  (found.length === 1 && found[0]?.ClientToken === undefined ? found[0] : undefined);
