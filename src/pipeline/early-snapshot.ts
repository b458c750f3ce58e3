import { channel } from 'node:diagnostics_channel';
import type { ImageConfig } from '../config/options/table.js';
import type { Resource } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { AttachedDisk } from '../steps/attach.js';
import type { Target } from '../steps/build-context.js';
import { freeze } from '../steps/early-detach/freeze.js';
import { requestDetach } from '../steps/early-detach/request.js';
import { type BuildSnapshot, tryRequestSnapshot } from '../steps/snapshot.js';
import { completeSnapshot } from '../steps/snapshots/complete.js';
import type { BuildVolume } from '../steps/volume.js';

type SnapshotResource = Resource<BuildSnapshot, 'snapshot'>;

/** A snapshot that is taken in the block of the attachment, and lives longer than that block. */
interface EarlySnapshot extends AsyncDisposable {
  /**
   * Takes the snapshot of the attached disk. Requests meanwhile to detach the disk; the closing brace of the
   * attachment waits for the end of that.
   */
  readonly take: (
    disk: AttachedDisk,
    volume: BuildVolume,
    target: Target,
    config: ImageConfig,
  ) => Promise<void>;
  /** Hands the snapshot over. @returns undefined if it was not requested, or the API refused it */
  readonly handOver: () => SnapshotResource | undefined;
}

/** Decision 47 says why it is safe. */
export function earlySnapshot(tools: Tools): EarlySnapshot {
  let own: SnapshotResource | undefined;
  return {
    take: async (disk, volume, target, config) => {
      if (config.keep_volume === 'only') return;
      await using frozen = await freeze(disk, tools);
      if (frozen === undefined) return;
      own = await tryRequestSnapshot(volume, target, tools);
      if (own === undefined) return;
      const refusal = await tools.report.phase('Request detachment', () => requestDetach(disk, tools));
      if (refusal === undefined) frozen.release();
      else tools.report.info(`${disk.volume} is detached after its snapshot: ${refusal}`);
      // start.ts keeps the compiled code now.
      channel('build-omi:work-done').publish(undefined);
      // Before the brace, whose time limit would be too short for an API that detaches after the snapshot.
      await completeSnapshot(own.value, volume, target, config, tools);
    },
    handOver: () => {
      const taken = own;
      own = undefined;
      return taken;
    },
    [Symbol.asyncDispose]: async () => await own?.[Symbol.asyncDispose](),
  };
}
