import type { RequestOf } from '../api.js';
import type { CallWatch, Cloud } from '../client/client.js';
import { askOnce } from './create-once.js';
import { required } from './required.js';

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
    return required(Volume?.VolumeId, 'CreateVolume');
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
    return required(Snapshot?.SnapshotId, 'CreateSnapshot');
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
