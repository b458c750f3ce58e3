import type { CallWatch, Cloud } from './client.js';
import { isGone } from './errors.js';
import { readSnapshot } from './lookups.js';

/** Deletes an OMI, if there is one; its snapshots stay. */
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
 * The removal of a snapshot, as a wait: requested until the API has no such snapshot. One that is not listed is gone only
 * if the API accepted its deletion or does not know its ID: lists may lag.
 */
export const removalOf = (cloud: Cloud, id: string) => {
  let isRemoved = false;
  return {
    what: `snapshot ${id}`,
    limit: 'snapshot' as const,
    read: async () => {
      const snapshot = await readSnapshot(cloud, id);
      const { State: state = 'unknown' } = snapshot ?? { State: 'unlisted' };
      const isGoing = state === 'deleting' || state === 'deleted' || (state === 'unlisted' && isRemoved);
      if (!isGoing) {
        await cloud.call('DeleteSnapshot', { SnapshotId: id }).catch((error: unknown) => {
          if (!isGone(error)) throw error;
        });
        isRemoved = true;
      }
      return { state: snapshot === undefined ? 'deleted' : state };
    },
    done: ({ state }: { readonly state: string }) => state === 'deleted',
    describe: (seen: { readonly state: string }) => seen,
  };
};
