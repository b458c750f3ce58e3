import type { CallWatch, Cloud } from '../client/client.js';
import { isGone } from '../errors.js';
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

/**
 * The removal of a snapshot, as a wait: done when the API has accepted the deletion or does not know the ID.
 * A snapshot that is not listed may still exist, because lists may lag.
 * @param deletions records the accepted deletion
 */
export const removalOf = (
  { cloud, deletions }: { readonly cloud: Cloud; readonly deletions: { add(id: string): void } },
  id: string,
) => ({
  what: `snapshot ${id}`,
  limit: 'snapshot' as const,
  read: async () => {
    const { State: state = 'unknown' } = (await readSnapshot(cloud, id)) ?? { State: 'unlisted' };
    if (isRemoved(state)) return { state };
    try {
      await cloud.call('DeleteSnapshot', { SnapshotId: id });
      deletions.add(id);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    return { state: 'deleting' };
  },
  done: ({ state }: { readonly state: string }) => isRemoved(state),
  describe: (removal: { readonly state: string }) => removal,
});
