import type { CallWatch, Cloud } from '../client/client.js';
import { isGone, isSnapshotInUse } from '../errors.js';
import { askContested, type Timing } from './contested.js';
import { readSnapshot } from './lookups.js';

/** Deletes an OMI unless `ImageId` is undefined; its snapshots remain. */
export async function deleteImage(
  cloud: Cloud,
  ImageId: string | undefined,
  watch?: CallWatch,
): Promise<void> {
  if (ImageId === undefined) return;
  await cloud.call('DeleteImage', { ImageId }, watch).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/**
 * Whether a deletion needs no further request. A resource may stay `deleting` for an unknown time (recorded),
 * but the API completes it.
 */
export const isRemoved = (state: string | undefined): boolean => state === 'deleting' || state === 'deleted';

/** What the deletion of a resource needs. */
interface Remover {
  readonly cloud: Cloud;
  /** Records the accepted deletion. */
  readonly deletions: { add(id: string): void };
  readonly signal: AbortSignal;
}

/**
 * The removal of a snapshot, as a wait: done when the API has accepted the deletion or does not know the ID.
 * A snapshot that is not listed may still exist, because lists may lag. A conflict is repeated as in
 * `askContested`, except `isSnapshotInUse`, which ends the wait.
 */
export const removalOf = (tools: Remover, id: string, time?: Timing) => ({
  what: `snapshot ${id}`,
  limit: 'snapshot' as const,
  read: async () => {
    const refusal = await askContested(
      {
        ask: async () => await requestRemoval(tools, id),
        isExplained: async () => isRemoved((await readSnapshot(tools.cloud, id))?.State),
        signal: tools.signal,
      },
      time,
    );
    if (refusal !== undefined) throw refusal;
    return { state: 'deleting' };
  },
  done: ({ state }: { readonly state: string }) => isRemoved(state),
  describe: (removal: { readonly state: string }) => removal,
});

/** @returns the refusal if the snapshot is in use */
async function requestRemoval({ cloud, deletions }: Remover, id: string): Promise<unknown> {
  if (isRemoved((await readSnapshot(cloud, id))?.State)) return undefined;
  try {
    await cloud.call('DeleteSnapshot', { SnapshotId: id });
    deletions.add(id);
  } catch (error) {
    if (isSnapshotInUse(error)) return error;
    if (!isGone(error)) throw error;
  }
  return undefined;
}
