import type { Caller, Cloud } from './cloud.js';
import { noSuch, notPermitted, wrongState } from './errors.js';
import { mayUse } from './permissions.js';
import { imageState, isComplete, snapshotState } from './states.js';
import type { StoredImage, StoredSnapshot } from './world.js';

/**
 * A snapshot from which the caller may make a volume, a copy or an image: "one of your own snapshots, or a
 * snapshot owned by another OUTSCALE account that has granted you permission". Sharing an OMI does not share it.
 */
export function usableSnapshot(id: string, caller: Caller, { world }: Cloud): StoredSnapshot {
  const snapshot = world.snapshots[id];
  if (snapshot === undefined || snapshot.deleted !== undefined) throw noSuch(id);
  if (!mayUse(snapshot, caller.account)) throw notPermitted(`the snapshot '${id}' is not shared with you.`);
  if (!isComplete(snapshot)) throw wrongState(id, snapshotState(snapshot, caller.now), 'completed');
  return snapshot;
}

/** An OMI that the caller may copy: "one of your own OMIs, or an OMI owned by another account that has granted you permission". */
export function usableImage(id: string, caller: Caller, { world, settings }: Cloud): StoredImage {
  const image = world.images[id];
  if (image === undefined || !mayUse(image, caller.account)) throw noSuch(id);
  const state = imageState(image, world, caller.now, settings.latency);
  if (state !== 'available') throw wrongState(id, state, 'available');
  return image;
}
