import type { Partition } from '../disk/partitions.js';
import { exec } from '../exec/exec.js';
import type { ImageTree } from '../image/image-fs.js';
import { mountPartition } from '../sandbox/mount-partition.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { readFstab, rootSubvolume } from './fstab.js';

/**
 * Where to mount a partition for probing: an empty directory in the mount namespace, and the files below it.
 */
export interface ProbeTarget {
  readonly sandbox: Sandbox;
  readonly path: string;
  readonly tree: ImageTree;
  readonly signal: AbortSignal;
}

/** Whether a partition contains a root filesystem. */
export interface ProbeResult {
  readonly isRoot: boolean;
  /** Mount option for the btrfs subvolume that contains the root; undefined for the default subvolume. */
  readonly subvolume: string | undefined;
}

/**
 * A read-only mount of a filesystem that was not unmounted cleanly replays its journal. These options prevent
 * it.
 */
const noReplay: Readonly<Record<string, string>> = {
  ext3: 'noload',
  ext4: 'noload',
  xfs: 'norecovery',
  btrfs: 'rescue=nologreplay',
};

/**
 * Checks whether a partition contains a root filesystem. Does not write to the partition, not even its
 * journal.
 */
export async function probeRoot(partition: Partition, probe: ProbeTarget): Promise<ProbeResult> {
  const options = ['ro', noReplay[partition.filesystem ?? ''] ?? 'ro'];
  await mountPartition(probe.sandbox, partition, probe.path, options, probe.signal);
  try {
    return partition.filesystem === 'btrfs'
      ? probeSubvolume(probe.tree)
      : { isRoot: holdsRoot(probe.tree, ''), subvolume: undefined };
  } finally {
    await exec(probe.sandbox.inside(['umount', probe.path]), { signal: probe.signal });
  }
}

/**
 * Prefers the default subvolume, then the first top-level subvolume that contains a root. The fstab in it may
 * name another subvolume, which takes precedence.
 */
function probeSubvolume(tree: ImageTree): ProbeResult {
  const names = ['', ...tree.list('/').filter((name) => !name.includes(','))];
  const found = names.find((name) => holdsRoot(tree, name));
  if (found === undefined) return { isRoot: false, subvolume: undefined };
  const fromFstab = rootSubvolume(readFstab(tree, `/${found}/etc/fstab`));
  return { isRoot: true, subvolume: fromFstab ?? (found === '' ? undefined : `subvol=${found}`) };
}

function holdsRoot(tree: ImageTree, directory: string): boolean {
  try {
    return ['etc', 'usr'].every((name) => tree.stat(`/${directory}/${name}`)?.isDirectory());
  } catch {
    return false; // ELOOP or ENOTDIR.
  }
}
