import { bytesOf } from '../model/world.js';
import type { Job } from '../storage/jobs.js';
import type { Cloud } from './context.js';
import { deletion } from './states.js';

/** The pending jobs of volume files. */
export function volumeJobs({ world, disks, settings }: Cloud): Job[] {
  return Object.values(world.volumes).flatMap((volume): Job[] => {
    const { id, snapshot, deleted } = volume;
    const failed = (why: string): void => {
      volume.failed = why;
    };
    if (deleted !== undefined) {
      const run = async (): Promise<boolean> => {
        if (disks.isRead(id)) return false;
        await disks.remove(id);
        delete world.volumes[id];
        return true;
      };
      return [{ id, at: deleted + deletion.volume(settings), run, failed }];
    }
    if (volume.made !== undefined || volume.failed !== undefined) return [];
    const run = async (signal: AbortSignal): Promise<boolean> => {
      if (snapshot === undefined) await disks.create(id, bytesOf(volume.size));
      else await disks.copy(snapshot, id, bytesOf(volume.size), signal);
      volume.made = Date.now();
      return true;
    };
    return [{ id, at: volume.created, run, failed }];
  });
}
