import type { StoredImage, StoredLink, StoredSnapshot, StoredVolume, World } from '../model/world.js';
import type { Settings } from './context.js';

/*
 * States as functions of the stored data, the time and the latency, so that no state change needs a timer.
 */

/** `Volume.State`: `creating`, `available`, `in-use`, `deleting` or `error`. */
export function volumeState(volume: StoredVolume, now: number, latency: number): string {
  if (volume.deleted !== undefined) return 'deleting';
  if (volume.failed !== undefined) return 'error';
  if (volume.made === undefined || now < volume.created + latency) return 'creating';
  return volume.link ? 'in-use' : 'available';
}

/**
 * Milliseconds that a deleted resource stays `deleting`. Without `deleteTime`: the latency for a volume, 0
 * for a snapshot, as recorded (the next list contained a deleted volume, but not a deleted snapshot).
 */
export const deletion = {
  volume: ({ deleteTime, latency }: Times): number => deleteTime ?? latency,
  snapshot: ({ deleteTime = 0 }: Times): number => deleteTime,
};
type Times = Pick<Settings, 'deleteTime' | 'latency'>;

/** Whether lists omit a snapshot because it is deleted. */
export const isDeleted = ({ deleted }: StoredSnapshot, now: number, settings: Times): boolean =>
  deleted !== undefined && now >= deleted + deletion.snapshot(settings);

/** `LinkedVolume.State`: `attaching`, `attached` or `detaching`; lists omit a link that is `detached`. */
export function linkState(link: StoredLink, now: number, latency: number): string {
  if (link.unlinked !== undefined) return 'detaching';
  return link.attached !== undefined && now >= link.since + latency ? 'attached' : 'attaching';
}

/** The first fifth of a snapshot's time is spent in the queue. */
const queued = ({ created, duration }: StoredSnapshot): number => created + duration / 5;

/** An import from a URL is `importing` first, a state that the description's list lacks (recorded). */
const isImport = ({ source }: StoredSnapshot): boolean =>
  'location' in source && !source.location.startsWith('file:');

/** `Snapshot.State`: `in-queue`, `importing`, `pending`, `completed`, `error` or `deleting`. */
export function snapshotState(snapshot: StoredSnapshot, now: number): string {
  if (snapshot.deleted !== undefined) return 'deleting';
  if (snapshot.failed !== undefined) return 'error';
  if (snapshot.made !== undefined) return 'completed';
  if (isImport(snapshot) && now < queued(snapshot)) return 'importing';
  return now < queued(snapshot) ? 'in-queue' : 'pending';
}

/** `Snapshot.Progress`, "as a percentage": 100 only when it is completed. */
export function snapshotProgress(snapshot: StoredSnapshot, now: number): number {
  if (isComplete(snapshot)) return 100;
  const begun = queued(snapshot);
  const share = (now - begun) / Math.max(1, snapshot.created + snapshot.duration - begun);
  return Math.floor(99 * Math.min(1, Math.max(0, share)));
}

/** Whether the snapshot is completed. */
export const isComplete = ({ made, failed }: StoredSnapshot): boolean =>
  made !== undefined && failed === undefined;

/** `Image.State`: `pending`, `available` or `failed`; a copy waits for the copies of its snapshots. */
export function imageState(image: StoredImage, world: World, now: number, latency: number): string {
  const copies = image.copies.map((id) => world.snapshots[id]);
  if (copies.some((copy) => copy === undefined || copy.failed !== undefined)) return 'failed';
  const isReady = copies.every((copy) => copy !== undefined && isComplete(copy));
  return isReady && now >= image.created + latency ? 'available' : 'pending';
}
