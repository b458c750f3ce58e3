import { BuildError } from '../../common/errors.js';
import { sleep } from '../../common/wait.js';
import type { Claims } from '../../ledger/claims.js';
import { type ExportedObjects, findObjects, objectOf } from '../../object-store/exported.js';
import {
  cancelExport,
  createExport,
  type ExportTarget,
  type ExportTask,
  findExport,
  hasEnded,
  isQueued,
  readExport,
} from '../../outscale/calls/exports.js';
import { findLate, PendingError } from '../../outscale/calls/late.js';
import { readImage, readSnapshot } from '../../outscale/calls/lookups.js';
import type { ExportedImage } from '../../report/manifest.js';
import { acquire, noting, type Resource, retract, type Undo } from '../../runtime/resource.js';
import type { Tools } from '../../runtime/tools.js';

/** Milliseconds that one release waits for a task that can no longer be cancelled. */
const cancelTimeout = 10_000;

/** What an export is for: a product of the build, or the way to another region. */
interface Purpose {
  /** The endpoint of the object storage. */
  readonly endpoint: string;
  /** The root snapshot of what is exported. */
  readonly root: string;
  readonly isProduct: boolean;
  /** The rest of the step, once the objects are there; if it fails, they are removed. */
  readonly finish?: (exported: Exported) => Promise<void>;
}

/** An export that is complete. */
export interface Exported {
  readonly target: ExportTarget;
  readonly objects: ExportedObjects;
  /** The key of the object of the root snapshot. */
  readonly key: string;
  readonly urls: ExportedImage;
}

/**
 * Exports a snapshot or an OMI to a bucket, and waits until its objects are there. Its undo cancels the task
 * and removes the objects.
 */
export async function exportTo(
  target: ExportTarget,
  { endpoint, root, isProduct, finish }: Purpose,
  tools: Tools,
): Promise<Resource<Exported, 'export'>> {
  const claimed: Claims['export'] = { ...target, endpoint, ...(isProduct ? { isProduct } : {}) };
  return await acquire(
    tools,
    'export',
    claimed,
    async (claim) => {
      const { of: id, bucket } = target;
      const task = await createExport(tools.cloud, target, tools.signal, noting(claim, tools.ledger));
      tools.ledger.update(claim, { task });
      tools.report.info(`Exporting ${id} to bucket ${bucket} as ${target.format}: ${task}`);
      await tools.wait<ExportTask>({
        what: `export ${task}`,
        limit: 'transfer',
        kind: `export-${target.format}`,
        read: async () => await readExport(tools.cloud, id, task),
        done: ({ state }) => state === 'completed',
        failed: ({ state, comment }) =>
          state === 'failed' || state === 'cancelled' ? (comment ?? `its state is ${state}`) : undefined,
        describe: (found) => ({ state: found.state, percent: found.percent, queued: isQueued(id, found) }),
      });
      const store = (await tools.objectStore(endpoint)).with(tools.signal);
      const objects = await findObjects(store, target, task);
      const key = objectOf(objects, root)?.key;
      if (key === undefined)
        throw new BuildError(`Export ${task} is completed, but bucket ${bucket} has no object of ${root}`, {
          hint: `Look for keys that begin with ${target.prefix}.`,
        });
      const manifestUrl = objects.manifest && store.urlOf(bucket, objects.manifest.key);
      const url = store.urlOf(bucket, key);
      if (isProduct) {
        tools.report.output('export-url', url);
        if (manifestUrl !== undefined) tools.report.output('export-manifest', manifestUrl);
      }
      const urls = { url, ...(manifestUrl === undefined ? {} : { manifestUrl }) };
      const exported = { target, objects, key, urls };
      await finish?.(exported);
      return exported;
    },
    undoExport,
  );
}

export const undoExport: Undo<'export'> = {
  title: ({ of: id, bucket, task }) => `Remove export ${task ?? `of ${id}`} from bucket ${bucket}`,
  run: async (data, tools) => {
    const { of: id, bucket, endpoint, task: known, asked, isProduct } = data;
    const task =
      known ??
      (await findLate({
        what: `An export of ${id} to bucket ${bucket}`,
        asked,
        find: async () => await findExport(tools.cloud, data),
        isImpossible: async () =>
          (await (id.startsWith('snap-') ? readSnapshot : readImage)(tools.cloud, id)) === undefined,
        shortTimeouts: tools.shortTimeouts,
        signal: tools.signal,
      }));
    if (task === undefined) return;
    await endTask(id, task, tools);
    const store = (await tools.objectStore(endpoint)).with(tools.signal);
    const { disks, manifest } = await findObjects(store, data, task);
    for (const { key } of [...disks, ...(manifest === undefined ? [] : [manifest])]) {
      await store.remove(bucket, key);
      tools.report.info(`Deleted object ${bucket}/${key}`);
    }
    if (isProduct === true) retract(tools, ['export-url', ''], ['export-manifest', '']);
  },
};

/**
 * Cancels a task, or waits for its end: "export tasks can only be canceled while in the `pending/queued`
 * state", and an object that is written later would stay.
 * @throws PendingError while it is running
 */
async function endTask(id: string, task: string, tools: Tools): Promise<void> {
  const start = performance.now();
  while (true) {
    const found = await readExport(tools.cloud, id, task);
    if (found === undefined || hasEnded(found)) return;
    if (isQueued(id, found)) await cancelExport(tools.cloud, task);
    const isLong = tools.shortTimeouts === true || performance.now() - start > cancelTimeout;
    if (isLong && !isQueued(id, found))
      throw new PendingError(`Export ${task} is ${found.state}, and can no longer be cancelled`, {
        hint: 'The next build on this VM removes its object once it has ended.',
      });
    await sleep(250, tools.signal);
  }
}
