import { noSuch, wrongState } from '../model/errors.js';
import type { StoredImage, StoredSnapshot } from '../model/world.js';
import { type Caller, type Cloud, checkPrefix } from './context.js';
import { mayUse } from './permissions.js';
import { imageState, isComplete, snapshotState } from './states.js';

/**
 * A snapshot from which the caller may create a volume, a copy or an image: "one of your own snapshots, or a
 * snapshot owned by another OUTSCALE account that has granted you permission". Sharing an OMI does not share
 * it. A snapshot that is not shared is refused like a missing one (recorded: 400, code 5054).
 */
export function usableSnapshot(id: string, caller: Caller, { world }: Cloud): StoredSnapshot {
  checkPrefix('snapshots', id);
  const snapshot = world.snapshots[id];
  const isThere =
    snapshot !== undefined && snapshot.deleted === undefined && mayUse(snapshot, caller.account);
  if (!isThere) throw noSuch(id);
  if (!isComplete(snapshot)) throw wrongState(id, snapshotState(snapshot, caller.now), 'completed');
  return snapshot;
}

/**
 * An OMI that the caller may copy: "one of your own OMIs, or an OMI owned by another account that has granted
 * you permission".
 */
export function usableImage(id: string, caller: Caller, { world, settings }: Cloud): StoredImage {
  checkPrefix('images', id);
  const image = world.images[id];
  if (image === undefined || !mayUse(image, caller.account)) throw noSuch(id);
  const state = imageState(image, world, caller.now, settings.latency);
  if (state !== 'available') throw wrongState(id, state, 'available');
  return image;
}
