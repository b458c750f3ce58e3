import type { ImageExportTask, SnapshotExportTask } from '../../../outscale/api.js';
import type { StoredExport } from '../../model/world.js';
import { showTags } from '../tags.js';

/** The states of a task, in the spellings of its kind (schemas `SnapshotExportTask`, `ImageExportTask`). */
const spellings = {
  snapshot: { waiting: 'pending', working: 'active' },
  image: { waiting: 'pending/queued', working: 'pending' },
};

const isOfSnapshot = ({ id }: StoredExport): boolean => id.startsWith('snap-');

/** The first fifth of its time it waits. */
const beginOf = ({ created, duration }: StoredExport): number => created + duration / 5;

/** Whether a task can still be cancelled: "only while in the `pending/queued` state". */
export const isWaiting = (task: StoredExport, now: number): boolean =>
  task.made === undefined && task.failed === undefined && task.cancelled === undefined && now < beginOf(task);

/** Whether a task has neither ended nor been cancelled. */
export const isOpen = ({ made, failed, cancelled }: StoredExport): boolean =>
  made === undefined && failed === undefined && cancelled === undefined;

function stateOf(task: StoredExport, now: number): string {
  if (task.cancelled !== undefined) return 'cancelled';
  if (task.failed !== undefined) return 'failed';
  if (task.made !== undefined) return 'completed';
  const { waiting, working } = spellings[isOfSnapshot(task) ? 'snapshot' : 'image'];
  return isWaiting(task, now) ? waiting : working;
}

/** "The progress of the export task, as a percentage": 100 only when it is completed. */
function progressOf(task: StoredExport, now: number): number {
  if (task.made !== undefined) return 100;
  const begun = beginOf(task);
  const share = (now - begun) / Math.max(1, task.created + task.duration - begun);
  return Math.floor(99 * Math.min(1, Math.max(0, share)));
}

const common = (task: StoredExport, now: number) => ({
  TaskId: task.id,
  State: stateOf(task, now),
  Progress: progressOf(task, now),
  Tags: showTags(task.tags),
});

/** Schema `SnapshotExportTask`. No field tells the key of the object. */
export const showSnapshotExport = (task: StoredExport, now: number): SnapshotExportTask => ({
  ...common(task, now),
  Comment: task.failed ?? `Export of snapshot ${task.of}`,
  SnapshotId: task.of,
  OsuExport: { DiskImageFormat: task.format, OsuBucket: task.bucket, OsuPrefix: task.prefix },
});

/** Schema `ImageExportTask`. Its prefix is the folder of its objects. */
export const showImageExport = (task: StoredExport, now: number): ImageExportTask => ({
  ...common(task, now),
  Comment: task.failed ?? `Export of image ${task.of}`,
  ImageId: task.of,
  OsuExport: {
    DiskImageFormat: task.format,
    OsuBucket: task.bucket,
    OsuPrefix: imageFolder(task),
  },
});

/** `PREFIX/ami-ID/` (example of ReadImageExportTasks). */
export const imageFolder = ({ prefix, of }: StoredExport): string =>
  `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${of}/`;

/** The name of the object of a snapshot: `snap-ID-TASK.FORMAT.gz` (samples in the user guide). */
export const objectName = (snapshot: string, { id, format }: StoredExport): string =>
  `${snapshot}-${id.replace(/^.*-/, '')}.${format}.gz`;
