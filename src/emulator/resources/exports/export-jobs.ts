import { rm } from 'node:fs/promises';
import { exec } from '../../../host/exec/exec.js';
import type { StoredExport, StoredSnapshot } from '../../model/world.js';
import type { Job } from '../../storage/jobs.js';
import { packed } from '../../storage/objects/pack.js';
import type { Cloud } from '../context.js';
import { manifestOf } from './manifest.js';
import { imageFolder, isOpen, objectName } from './tasks.js';

/** The pending jobs of export tasks. */
export function exportJobs(cloud: Cloud): Job[] {
  return Object.values(cloud.world.exports)
    .filter(isOpen)
    .map((task): Job => {
      const failed = (why: string): void => {
        task.failed ??= why;
      };
      const run = async (signal: AbortSignal): Promise<boolean> => {
        await (task.id.startsWith('snap-') ? exportSnapshot : exportImage)(task, cloud, signal);
        task.made = Date.now();
        return true;
      };
      return { id: task.id, at: task.created + task.duration, run, failed };
    });
}

/** The key is the prefix and the name, without a slash between them (FACTS, samples in the user guide). */
async function exportSnapshot(task: StoredExport, cloud: Cloud, signal: AbortSignal): Promise<void> {
  const snapshot = snapshotOf(task.of, cloud);
  await writeDisk(snapshot, `${task.prefix}${objectName(snapshot.id, task)}`, task, cloud, signal);
}

async function exportImage(task: StoredExport, cloud: Cloud, signal: AbortSignal): Promise<void> {
  const image = cloud.world.images[task.of];
  if (image === undefined) throw new Error(`${task.of} was deleted`);
  const folder = imageFolder(task);
  for (const { snapshot: id } of image.mappings) {
    if (id === undefined) continue;
    const snapshot = snapshotOf(id, cloud);
    await writeDisk(snapshot, `${folder}${objectName(id, task)}`, task, cloud, signal);
  }
  const manifest = Buffer.from(JSON.stringify(manifestOf(image, task, cloud)));
  await cloud.objects.write(task.bucket, `${folder}manifest-${task.id}.json`, [manifest], signal);
}

function snapshotOf(id: string, { world }: Cloud): StoredSnapshot {
  const snapshot = world.snapshots[id];
  if (snapshot === undefined || snapshot.deleted !== undefined) throw new Error(`${id} was deleted`);
  return snapshot;
}

async function writeDisk(
  { id }: StoredSnapshot,
  key: string,
  { bucket, format }: StoredExport,
  { disks, objects }: Cloud,
  signal: AbortSignal,
): Promise<void> {
  if (format === 'raw') return await objects.write(bucket, key, packed(disks.file(id)), signal);
  const converted = `${disks.file(id)}.qcow2.part`;
  try {
    await exec(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', '--', disks.file(id), converted], {
      limit: 'copy',
      signal,
    });
    await objects.write(bucket, key, packed(converted), signal);
  } finally {
    await rm(converted, { force: true });
  }
}
