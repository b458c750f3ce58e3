import { bytesOf } from '../model/world.js';
import type { Job } from '../storage/jobs.js';
import type { Cloud } from './context.js';
import { deletion } from './states.js';

/**
 * The pending jobs of snapshot files. The bytes are deliberately copied at the end of a snapshot's duration,
 * so that writes to the volume before `completed` corrupt the snapshot and tests detect them.
 */
export function snapshotJobs({ world, disks, settings }: Cloud): Job[] {
  return Object.values(world.snapshots).flatMap((snapshot): Job[] => {
    const { id, source, size, deleted } = snapshot;
    const failed = (why: string): void => {
      snapshot.failed ??= why;
    };
    if (deleted !== undefined) {
      const run = async (): Promise<boolean> => {
        if (disks.isRead(id)) return false;
        await disks.remove(id);
        delete world.snapshots[id];
        return true;
      };
      return [{ id, at: deleted + deletion.snapshot(settings), run, failed }];
    }
    if (snapshot.made !== undefined || snapshot.failed !== undefined) return [];
    const run = async (signal: AbortSignal): Promise<boolean> => {
      if ('volume' in source) await disks.copy(source.volume, id, bytesOf(size), signal);
      else if ('snapshot' in source) await disks.copy(source.snapshot, id, bytesOf(size), signal);
      else await disks.fetch(source.location, id, source.bytes, bytesOf(size), signal);
      snapshot.made = Date.now();
      return true;
    };
    return [{ id, at: snapshot.created + snapshot.duration, run, failed }];
  });
}
