import { describe } from '../errors.js';
import { kernelHas, mountPartition } from './filesystems.js';
import { ownMountsOf, parseFstab } from './fstab.js';
import type { Look } from './look-inside.js';
import type { Partition } from './partitions.js';

/** A filesystem of the image that is mounted, by the place where the image has it. */
export interface Mounted {
  readonly target: string;
  readonly partition: Partition;
  readonly options: readonly string[];
}

/**
 * Mounts below the root, which is mounted at `look.path`, what the image's fstab mounts from its own disk, outer
 * places first. Places are resolved inside the image, nothing of which runs yet.
 * @returns what was mounted, and a sentence for each entry that was left out.
 * @throws BuildError for an entry of the disk that cannot be mounted, unless it has `nofail`.
 */
export async function mountOwn(
  root: Partition,
  partitions: readonly Partition[],
  { room, path, tree, signal }: Look,
): Promise<{ mounted: Mounted[]; skipped: string[] }> {
  const entries = parseFstab(tree.read('/etc/fstab')?.toString() ?? '');
  const { mounts, skipped } = ownMountsOf(entries, partitions, root);
  const mounted: Mounted[] = [];
  const left = [...skipped];
  for (const { partition, target, options, optional } of mounts) {
    const { name, filesystem = '' } = partition;
    if (!kernelHas(filesystem)) {
      left.push(`${target} (${name}) is ${filesystem}, which this kernel does not have`);
      continue;
    }
    try {
      const place = tree.resolve(target);
      if (place === '/') {
        left.push(`${target} (${name}) leads to the root itself`);
        continue;
      }
      // What is mounted there already is passed over, as `mount -a` does.
      const isThere = mounted.some(
        (one) => one.target === place && one.partition === partition && one.options.join() === options.join(),
      );
      if (isThere) continue;
      tree.makeFolders(place);
      await mountPartition(room, partition, `${path}${place}`, options, signal);
      mounted.push({ target: place, partition, options });
    } catch (error) {
      if (!optional || signal.aborted) throw error;
      left.push(`${target} (${name}) cannot be mounted: ${describe(error)}`);
    }
  }
  return { mounted, skipped: left };
}
