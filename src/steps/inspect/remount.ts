import { BuildError } from '../../common/errors.js';
import { type Mounted, mountInside } from '../../host/chroot/mount-fstab.js';
import { layoutOf } from '../../host/disk/partitions.js';
import { ImageTree } from '../../host/image/image-fs.js';
import { mountPartition } from '../../host/sandbox/mount-partition.js';
import type { Sandbox } from '../../host/sandbox/sandbox.js';
import type { Tools } from '../../runtime/tools.js';
import type { Root } from '../root.js';
import type { RetainedDisk } from './retained-disk.js';

/**
 * Mounts the partitions of a retained volume as the build had mounted them, the root first.
 * @throws BuildError if one does not exist any more or cannot be mounted
 */
export async function remount(
  sandbox: Sandbox,
  { disk, mounts }: RetainedDisk,
  path: string,
  { signal }: Tools,
): Promise<Root> {
  const { partitions } = await layoutOf(disk.disk, signal);
  const tree = new ImageTree(`${sandbox.root}${path}`);
  const mounted: Mounted[] = [];
  for (const { number, target, options } of mounts) {
    const partition = partitions.find((one) => one.number === number);
    if (partition === undefined)
      throw new BuildError(`Volume ${disk.volume} has no partition ${number} any more`);
    const mount = { target, partition, options };
    if (target === '/') await mountPartition(sandbox, partition, path, options, signal);
    else await mountInside({ sandbox, tree, signal }, mount);
    mounted.push(mount);
  }
  return { sandbox, path, tree, disk, partitions, mounted, made: [], hasSystem: true };
}
