import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../errors.js';
import { holdersOf, unfinished } from '../host/gate.js';
import { partitionsOf } from '../host/partitions.js';
import type { Tools } from '../tools.js';
import type { AttachedDisk } from './attach.js';

/** How long the kernel may take to write back and let go of a disk whose namespaces have ended. */
const patience = 120_000;

/**
 * The gate before detaching and before the snapshot: every filesystem of the disk is let go of and finished. The
 * end of the namespaces has unmounted them, but only the device itself can prove it.
 * @throws BuildError when it stays in use, with who holds it.
 */
export async function requireFinished({ disk }: AttachedDisk, tools: Tools): Promise<void> {
  const until = performance.now() + patience;
  for (const partition of await partitionsOf(disk, tools.signal)) {
    for (let why = unfinished(partition); why !== undefined; why = unfinished(partition)) {
      if (performance.now() > until) {
        throw new BuildError(`/dev/${partition.name} cannot be snapshotted: ${why}`, {
          output: holdersOf(disk),
        });
      }
      await sleep(10, undefined, { signal: tools.signal });
    }
  }
}
