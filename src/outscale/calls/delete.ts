import type { CallWatch, Cloud } from '../client/client.js';
import { isGone } from '../errors.js';
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
 * Whether nothing more has to be done to delete a thing: it may stay `deleting` for an unknown time (recorded), and nothing
 * stops that.
 */
export const isRemoved = (state: string | undefined): boolean => state === 'deleting' || state === 'deleted';

/**
 * The removal of a snapshot, as a wait: over when the API has accepted it or does not know the ID. One that is only not
 * listed may still exist, because lists may lag.
 */
export const removalOf = (cloud: Cloud, id: string) => ({
  what: `snapshot ${id}`,
  limit: 'snapshot' as const,
  read: async () => {
    const { State: state = 'unknown' } = (await readSnapshot(cloud, id)) ?? { State: 'unlisted' };
    if (isRemoved(state)) return { state };
    await cloud.call('DeleteSnapshot', { SnapshotId: id }).catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
    return { state: 'deleting' };
  },
  done: ({ state }: { readonly state: string }) => isRemoved(state),
  describe: (seen: { readonly state: string }) => seen,
});
