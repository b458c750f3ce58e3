import type { Partition } from '../disk/partitions.js';
import { exec } from '../exec/exec.js';
import type { ImageTree } from '../image/image-fs.js';
import { mountPartition } from '../sandbox/mount-partition.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { readFstab, rootSubvolume } from './fstab.js';

/** Where one looks: an empty folder, as the namespaces name it, and the files that are mounted there. */
export interface ProbeTarget {
  readonly sandbox: Sandbox;
  readonly path: string;
  readonly tree: ImageTree;
  readonly signal: AbortSignal;
}

/** What a look found. */
export interface ProbeResult {
  readonly isRoot: boolean;
  /** The option that mounts the subvolume with the root, for a btrfs whose default it is not. */
  readonly subvolume: string | undefined;
}

/** A read-only mount of a filesystem that was not closed replays its journal, which writes; these options stop it. */
const untouched: Readonly<Record<string, string>> = {
  ext3: 'noload',
  ext4: 'noload',
  xfs: 'norecovery',
  btrfs: 'rescue=nologreplay',
};

/** Looks for a root in a partition without changing anything there, not even its journal. */
export async function probeRoot(partition: Partition, probe: ProbeTarget): Promise<ProbeResult> {
  const options = ['ro', untouched[partition.filesystem ?? ''] ?? 'ro'];
  await mountPartition(probe.sandbox, partition, probe.path, options, probe.signal);
  try {
    return partition.filesystem === 'btrfs'
      ? probeSubvolume(probe.tree)
      : { isRoot: holdsRoot(probe.tree, ''), subvolume: undefined };
  } finally {
    await exec(probe.sandbox.inside(['umount', probe.path]), { signal: probe.signal });
  }
}

/** The default subvolume if the root is there, else the first of the outermost that has one; its fstab has the last word. */
function probeSubvolume(tree: ImageTree): ProbeResult {
  const names = ['', ...tree.list('/').filter((name) => !name.includes(','))];
  const found = names.find((name) => holdsRoot(tree, name));
  if (found === undefined) return { isRoot: false, subvolume: undefined };
  const said = rootSubvolume(readFstab(tree, `/${found}/etc/fstab`));
  return { isRoot: true, subvolume: said ?? (found === '' ? undefined : `subvol=${found}`) };
}

function holdsRoot(tree: ImageTree, folder: string): boolean {
  try {
    return ['etc', 'usr'].every((name) => tree.stat(`/${folder}/${name}`)?.isDirectory());
  } catch {
    return false; // Links in circles, or a file on the way.
  }
}
