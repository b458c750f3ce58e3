import { watch } from 'node:fs';
import type { Cloud } from './cloud.js';
import { linked } from './links.js';
import { loopOf } from './loops.js';

/**
 * Names the partitions that a client makes on an attached disk, as a kernel would: whenever a partition of a
 * loop device appears in /dev, the disk that has it is named anew.
 * @returns a function that ends it
 */
export function watchPartitions(cloud: Cloud): () => void {
  const watcher = watch('/dev', { persistent: false }, (_event, name) => {
    const loop = /^(loop\d+)p\d+$/.exec(name ?? '')?.[1];
    if (loop === undefined) return;
    const owner = linked(cloud).find(
      ({ volume, link }) =>
        link.attached !== undefined &&
        link.unlinked === undefined &&
        !link.root &&
        loopOf(cloud.disks.file(volume.id)) === loop,
    );
    if (owner) cloud.names.point(owner.link.device, loop);
  });
  return () => watcher.close();
}
