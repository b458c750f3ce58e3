import type { RequestOf, ResponseOf } from '../../../outscale/api.js';
import { invalid, wrongState } from '../../model/errors.js';
import type { StoredExport } from '../../model/world.js';
import type { Call, Caller, Cloud } from '../context.js';
import { type Filters, fits, oneOf } from '../filters.js';
import { page } from '../pages.js';
import { isWaiting, showImageExport, showSnapshotExport } from './tasks.js';

const ofCaller = (kind: 'snap' | 'image', { account }: Caller, { world }: Cloud): StoredExport[] =>
  Object.values(world.exports).filter((task) => task.account === account && task.id.startsWith(`${kind}-`));

const TaskIds = oneOf(({ id }: StoredExport) => id);
const ofResource = oneOf(({ of }: StoredExport) => of);
const snapshotFilters: Filters<NonNullable<RequestOf<'ReadSnapshotExportTasks'>['Filters']>, StoredExport> = {
  SnapshotIds: ofResource,
  TaskIds,
};
const imageFilters: Filters<NonNullable<RequestOf<'ReadImageExportTasks'>['Filters']>, StoredExport> = {
  ImageIds: ofResource,
  TaskIds,
};

/** "Lists one or more snapshot export tasks." */
export const readSnapshotExports: Call<
  RequestOf<'ReadSnapshotExportTasks'>,
  ResponseOf<'ReadSnapshotExportTasks'>
> = (request, caller, cloud) => () => {
  const all = ofCaller('snap', caller, cloud).filter((task) => fits(snapshotFilters, request.Filters, task));
  const { items, next } = page(all, request);
  return { SnapshotExportTasks: items.map((task) => showSnapshotExport(task, caller.now)), ...next };
};

/** "Lists one or more image export tasks." */
export const readImageExports: Call<RequestOf<'ReadImageExportTasks'>, ResponseOf<'ReadImageExportTasks'>> =
  (request, caller, cloud) => () => {
    const all = ofCaller('image', caller, cloud).filter((task) => fits(imageFilters, request.Filters, task));
    const { items, next } = page(all, request);
    return { ImageExportTasks: items.map((task) => showImageExport(task, caller.now)), ...next };
  };

/** "Export tasks can only be canceled while in the `pending/queued` state." */
export const deleteExport: Call<RequestOf<'DeleteExportTask'>, ResponseOf<'DeleteExportTask'>> = (
  { ExportTaskId: id },
  { account, now },
  { world },
) => {
  const task = world.exports[id];
  if (task?.account !== account) throw invalid('ExportTaskId', `the export task '${id}' does not exist`);
  if (!isWaiting(task, now)) throw wrongState(id, 'not waiting', 'pending/queued');
  return () => {
    task.cancelled = now;
    return {};
  };
};
