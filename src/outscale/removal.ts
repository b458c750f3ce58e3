import type { Cloud } from './client.js';
import { isGone } from './errors.js';
import { readSnapshot } from './lookups.js';

/** Deletes an OMI, if there is one; its snapshots stay. */
export async function deleteImage(cloud: Cloud, ImageId: string | undefined): Promise<void> {
  if (ImageId === undefined) return;
  await cloud.call('DeleteImage', { ImageId }).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
}

/** The removal of a snapshot, as a wait: it is asked for, and over when the API has the snapshot no more. */
export const removalOf = (cloud: Cloud, id: string) => ({
  what: `snapshot ${id}`,
  limit: 'snapshot' as const,
  read: async () => {
    const { State: state = 'unknown' } = (await readSnapshot(cloud, id)) ?? { State: 'deleted' };
    if (state !== 'deleting' && state !== 'deleted')
      await cloud.call('DeleteSnapshot', { SnapshotId: id }).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    return { state };
  },
  done: ({ state }: { readonly state: string }) => state === 'deleted',
  describe: (seen: { readonly state: string }) => seen,
});
