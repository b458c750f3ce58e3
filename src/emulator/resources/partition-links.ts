import { type FSWatcher, watch } from 'node:fs';
import { describe } from '../../common/errors.js';
import { fileOf } from '../storage/loop-devices.js';
import type { Cloud } from './context.js';
import { linked } from './volume-links.js';

/**
 * Creates links for partitions that a client creates on an attached disk, whenever a partition of its loop
 * device appears in /dev. The link of a removed partition dangles until the disk is detached.
 * @returns a function that stops watching
 */
export function watchPartitions(cloud: Cloud): () => void {
  if (cloud.links.naming !== 'api') return () => {};
  const watcher = watchDevices((loop) => {
    const file = fileOf(loop);
    const owner = linked(cloud).find(
      ({ volume, link }) =>
        link.attached !== undefined &&
        link.unlinked === undefined &&
        !link.root &&
        cloud.disks.file(volume.id) === file,
    );
    if (owner) cloud.links.namePartitions(owner.link.device, loop);
  });
  return () => watcher?.close();
}

/** Calls with the loop device whose partitions changed. The number of watches of a machine is limited. */
function watchDevices(changed: (loop: string) => void): FSWatcher | undefined {
  try {
    return watch('/dev', { persistent: false }, (_event, name) => {
      const loop = /^(loop\d+)p\d+$/.exec(name ?? '')?.[1];
      try {
        if (loop !== undefined) changed(loop);
      } catch (error) {
        complain(error);
      }
    }).on('error', complain);
  } catch (error) {
    complain(error);
    return undefined;
  }
}

const complain = (error: unknown): void =>
  console.error(`emulator: cannot create links for new partitions: ${describe(error)}`);
