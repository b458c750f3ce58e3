import type { ImageExportTask, SnapshotExportTask } from '../api.js';
import type { CallWatch, Cloud } from '../client/client.js';
import { isRefused } from '../errors.js';
import { askOnce } from './create-once.js';
import { required } from './required.js';

/** What to export, and where to. */
export interface ExportTarget {
  /** The ID of a snapshot or an OMI. */
  readonly of: string;
  readonly bucket: string;
  /** What the keys of the objects begin with; may be empty. */
  readonly prefix: string;
  readonly format: 'qcow2' | 'raw';
}

/** An export task, of a snapshot or an OMI. */
export interface ExportTask {
  readonly id: string;
  /** `pending`, `active`, `pending/queued`, `completed`, `failed` or `cancelled`. */
  readonly state: string;
  readonly percent: number | undefined;
  readonly comment: string | undefined;
}

const isSnapshot = (id: string): boolean => id.startsWith('snap-');

/**
 * Requests an export exactly once although responses may be lost: tasks have no ClientToken. @returns its ID
 */
export async function createExport(
  cloud: Cloud,
  target: ExportTarget,
  signal: AbortSignal,
  watch: CallWatch,
): Promise<string> {
  const { of: id, bucket, prefix, format } = target;
  const OsuExport = {
    DiskImageFormat: format,
    OsuBucket: bucket,
    ...(prefix === '' ? {} : { OsuPrefix: prefix }),
  };
  return await askOnce({
    ask: async () => {
      if (isSnapshot(id)) {
        const request = { SnapshotId: id, OsuExport };
        const { SnapshotExportTask: task } = await cloud.call('CreateSnapshotExportTask', request, watch);
        return required(task?.TaskId, 'CreateSnapshotExportTask');
      }
      const { ImageExportTask: task } = await cloud.call(
        'CreateImageExportTask',
        { ImageId: id, OsuExport },
        watch,
      );
      return required(task?.TaskId, 'CreateImageExportTask');
    },
    find: async () => await findExport(cloud, target),
    signal,
  });
}

/** The ID of the task that exports to this target; the last one, if there are several. */
export async function findExport(
  cloud: Cloud,
  { of: id, bucket, prefix }: Omit<ExportTarget, 'format'>,
): Promise<string | undefined> {
  const tasks = isSnapshot(id)
    ? (await cloud.call('ReadSnapshotExportTasks', { Filters: { SnapshotIds: [id] } })).SnapshotExportTasks
    : (await cloud.call('ReadImageExportTasks', { Filters: { ImageIds: [id] } })).ImageExportTasks;
  // The prefix of an OMI's task has the folder of the OMI at its end.
  const isOurs = ({ OsuExport: to }: SnapshotExportTask): boolean =>
    to?.OsuBucket === bucket &&
    (isSnapshot(id) ? (to.OsuPrefix ?? '') === prefix : (to.OsuPrefix ?? '').startsWith(prefix));
  const isOf = (task: SnapshotExportTask | ImageExportTask): boolean =>
    ('SnapshotId' in task ? task.SnapshotId : 'ImageId' in task ? task.ImageId : id) === id;
  return tasks?.filter((task) => isOf(task) && isOurs(task)).at(-1)?.TaskId;
}

/** Reads a task; undefined if it is not listed. */
export async function readExport(cloud: Cloud, of: string, task: string): Promise<ExportTask | undefined> {
  const Filters = { TaskIds: [task] };
  const tasks = isSnapshot(of)
    ? (await cloud.call('ReadSnapshotExportTasks', { Filters })).SnapshotExportTasks
    : (await cloud.call('ReadImageExportTasks', { Filters })).ImageExportTasks;
  const found = tasks?.find(({ TaskId }) => TaskId === task);
  return (
    found && {
      id: task,
      state: found.State ?? 'unknown',
      percent: found.Progress,
      comment: found.Comment,
    }
  );
}

/**
 * Whether a task is in the queue: it can be cancelled only then. A snapshot's is `pending`, an OMI's
 * `pending/queued`, and `pending` while it works (schemas `SnapshotExportTask`, `ImageExportTask`).
 */
export const isQueued = (of: string, { state }: ExportTask): boolean =>
  state === (isSnapshot(of) ? 'pending' : 'pending/queued');

/** Whether a task has ended, in whatever way. */
export const hasEnded = ({ state }: ExportTask): boolean =>
  ['completed', 'failed', 'cancelled'].includes(state);

/** Cancels a task in the queue. One that has begun or ended meanwhile is left. */
export async function cancelExport(cloud: Cloud, task: string): Promise<void> {
  await cloud.call('DeleteExportTask', { ExportTaskId: task }).catch((error: unknown) => {
    if (!isRefused(error)) throw error;
  });
}
