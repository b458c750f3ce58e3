import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { exec } from './exec.js';
import type { Partition } from './partitions.js';
import type { Room } from './room.js';

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Whether this kernel has a filesystem, or a module for it that it would load by itself. */
export const kernelHas = (type: string): boolean =>
  textOf('/proc/filesystems').split(/\s+/).includes(type) ||
  textOf(`/lib/modules/${release()}/modules.dep`).includes(`/${type}.ko`);

/**
 * Mounts a partition in the build's namespaces. An xfs may be a twin of one of the VM's own: `nouuid` lets it in.
 * @param path where, without links.
 */
export async function mountPartition(
  room: Room,
  { name, filesystem = 'auto' }: Partition,
  path: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const words = [...(filesystem === 'xfs' ? ['nouuid'] : []), ...options].flatMap((one) => ['-o', one]);
  await exec(room.inside(['mount', '--types', filesystem, ...words, `/dev/${name}`, path]), {
    limit: 'disk',
    signal,
  });
}
