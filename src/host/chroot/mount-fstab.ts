import { describe } from '../../common/errors.js';
import type { Partition } from '../disk/partitions.js';
import { mountAt } from '../image/mount-at.js';
import { openInside } from '../image/open-inside.js';
import { isAtOrBelow } from '../proc/mountinfo.js';
import { isMountedFromImages, kernelHas, optionsFor } from '../sandbox/mount-partition.js';
import { fstabMountsOf, readFstab } from './fstab.js';
import type { ProbeTarget } from './probe-root.js';

/** The device node of a partition. */
const nodeOf = (partition: string): string => `/dev/${partition}`;

/** A filesystem of the image that is mounted, by the place where the image has it. */
export interface Mounted {
  readonly target: string;
  readonly partition: Partition;
  readonly options: readonly string[];
}

/** What `mountOwn` did. */
export interface OwnMounted {
  readonly mounted: Mounted[];
  /** The directories that it made in the image, outer ones first. */
  readonly made: string[];
  /** A sentence for each entry that was left out. */
  readonly skipped: string[];
}

/**
 * Mounts below the root, which is mounted at `look.path`, what the image's fstab mounts from its own disk, outer
 * places first. Places are resolved inside the image, nothing of which runs yet.
 * @throws BuildError for an entry of the disk that cannot be mounted, unless it has `nofail`.
 */
export async function mountFstab(
  root: Partition,
  partitions: readonly Partition[],
  { sandbox, tree, signal }: ProbeTarget,
): Promise<OwnMounted> {
  const entries = readFstab(tree, '/etc/fstab');
  const { mounts, skipped } = fstabMountsOf(entries, partitions, root);
  const mounted: Mounted[] = [];
  const made: string[] = [];
  const left = [...skipped];
  for (const { partition, target, options, optional } of mounts) {
    const { name, filesystem = '' } = partition;
    if (!isMountedFromImages(filesystem)) {
      left.push(`${target} (${name}) is ${filesystem}, which build-omi does not mount`);
      continue;
    }
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
      const covered = mounted.find((one) => isAtOrBelow(one.target, place));
      if (covered !== undefined) {
        left.push(`${target} (${name}) would cover ${covered.target} (${covered.partition.name})`);
        continue;
      }
      made.push(...tree.makeFolders(place));
      using at = openInside(tree, place);
      const device = { type: filesystem, source: nodeOf(name), options: optionsFor(partition, options) };
      await mountAt(sandbox, at, device, signal);
      mounted.push({ target: place, partition, options });
    } catch (error) {
      if (!optional || signal.aborted) throw error;
      left.push(`${target} (${name}) cannot be mounted: ${describe(error)}`);
    }
  }
  return { mounted, made, skipped: left };
}
