import { existsSync } from 'node:fs';
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

/** A mounted filesystem of the image, with its mount point in the image. The ledger stores it. */
export interface Mounted {
  readonly target: string;
  readonly partition: Partition;
  readonly options: readonly string[];
}

/** Mounts a partition on a directory of an image. @throws BuildError with the error of mount(2) */
export async function mountInside(
  { sandbox, tree, signal }: Pick<ProbeTarget, 'sandbox' | 'tree' | 'signal'>,
  { target, partition, options }: Mounted,
): Promise<void> {
  using at = openInside(tree, target);
  const { name, filesystem = '' } = partition;
  const device = { type: filesystem, source: nodeOf(name), options: optionsFor(partition, options) };
  await using mounter = sandbox.mounter(signal);
  await mountAt(mounter, at, device);
}

/** The result of `mountFstab`. */
export interface FstabMountResult {
  readonly mounted: Mounted[];
  /** Directories created in the image, outermost first. */
  readonly made: string[];
  /** A message for each skipped entry. */
  readonly skipped: string[];
}

/**
 * Mounts the fstab entries of an image that are on its own disk, parents first. The root must be mounted at
 * the path of the probe target. Mount points are resolved inside the image. No program of the image may run
 * yet.
 * @throws BuildError if an entry cannot be mounted, unless it has the option `nofail`.
 */
export async function mountFstab(
  root: Partition,
  partitions: readonly Partition[],
  { sandbox, tree, signal }: ProbeTarget,
): Promise<FstabMountResult> {
  const entries = readFstab(tree, '/etc/fstab');
  const { mounts, skipped } = fstabMountsOf(entries, partitions, root);
  const mounted: Mounted[] = [];
  const made: string[] = [];
  const allSkipped = [...skipped];
  for (const { partition, target, options, optional } of mounts) {
    const { name, filesystem = '' } = partition;
    if (!isMountedFromImages(filesystem)) {
      allSkipped.push(`${target} (${name}) is ${filesystem}, which build-omi does not mount`);
      continue;
    }
    if (!kernelHas(filesystem)) {
      allSkipped.push(`${target} (${name}) is ${filesystem}, which this kernel does not support`);
      continue;
    }
    try {
      const path = tree.resolve(target);
      if (path === '/') {
        allSkipped.push(`${target} (${name}) resolves to the root directory`);
        continue;
      }
      // mount -a skips an entry that is already mounted, too.
      const isMounted = mounted.some(
        (one) => one.target === path && one.partition === partition && one.options.join() === options.join(),
      );
      if (isMounted) continue;
      const hidden = mounted.find((one) => isAtOrBelow(one.target, path));
      if (hidden !== undefined) {
        allSkipped.push(`${target} (${name}) would hide ${hidden.target} (${hidden.partition.name})`);
        continue;
      }
      made.push(...tree.makeFolders(path));
      const mount = { target: path, partition, options };
      await mountInside({ sandbox, tree, signal }, mount);
      mounted.push(mount);
    } catch (error) {
      // A mount that does not end in time ends the namespaces.
      const isEnded = !existsSync(`/proc/${sandbox.pid}`);
      if (!optional || signal.aborted || isEnded) throw error;
      allSkipped.push(`${target} (${name}) cannot be mounted: ${describe(error)}`);
    }
  }
  return { mounted, made, skipped: allSkipped };
}
