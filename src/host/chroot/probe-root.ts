import { isFree } from '../disk/exclusive.js';
import type { Partition } from '../disk/partitions.js';
import { exec } from '../exec/exec.js';
import type { ImageTree } from '../image/image-fs.js';
import { mountsIn } from '../proc/mountinfo.js';
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

/** What a partition contains. */
export interface ProbeResult {
  readonly isRoot: boolean;
  /** Whether it contains more than `lost+found`. */
  readonly hasContent: boolean;
  /** Mount option for the btrfs subvolume that contains the root; undefined for the default subvolume. */
  readonly subvolume: string | undefined;
  /** What the user should know about the choice of the subvolume. */
  readonly notice?: string;
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
 * journal. One that is still mounted, for example by a command of the user, is mounted like that.
 */
export async function probeRoot(partition: Partition, probe: ProbeTarget): Promise<ProbeResult> {
  const options = isFree(partition.name) ? ['ro', noReplay[partition.filesystem ?? ''] ?? 'ro'] : [];
  const { tree } = probe;
  const found = await whileMounted(partition, options, probe, (root) => {
    const hasContent = tree.list('/').some((name) => name !== 'lost+found');
    if (partition.filesystem !== 'btrfs')
      return { isRoot: holdsRoot(tree, ''), hasContent, subvolume: undefined };
    return { hasContent, root, ...probeSubvolumes(tree) };
  });
  if (!('named' in found)) return found;
  const { root, named, ...result } = found;
  return { ...result, ...(await decideSubvolume(partition, { root, options, named }, probe)) };
}

/** @param work is called with the directory of the filesystem that is mounted */
async function whileMounted<T>(
  partition: Partition,
  options: readonly string[],
  { sandbox, path, signal }: ProbeTarget,
  work: (root: string | undefined) => T | Promise<T>,
): Promise<T> {
  await mountPartition(sandbox, partition, path, options, signal);
  try {
    return await work(mountsIn(sandbox.pid).findLast(({ target }) => target === path)?.root);
  } finally {
    await exec(sandbox.inside(['umount', path]), { signal });
  }
}

/** Of the result for a btrfs, what is known while its default subvolume is mounted. */
interface Subvolumes extends Pick<ProbeResult, 'isRoot' | 'subvolume'> {
  /** The mount option of the fstab in the default subvolume. */
  readonly named?: string;
}

/**
 * Prefers the default subvolume, which is what boots, then the first top-level subvolume that contains a
 * root. The fstab in such a one may name another subvolume, which takes precedence.
 */
function probeSubvolumes(tree: ImageTree): Subvolumes {
  const names = ['', ...tree.list('/').filter((name) => !name.includes(','))];
  const found = names.find((name) => holdsRoot(tree, name));
  if (found === undefined) return { isRoot: false, subvolume: undefined };
  const named = rootSubvolume(readFstab(tree, `/${found}/etc/fstab`));
  if (found !== '') return { isRoot: true, subvolume: named ?? `subvol=${found}` };
  return { isRoot: true, subvolume: undefined, ...(named === undefined ? {} : { named }) };
}

/** The default subvolume of a btrfs. */
interface DefaultSubvolume {
  /** Its directory of the filesystem. */
  readonly root: string | undefined;
  readonly options: readonly string[];
  /** The mount option of the fstab in it. */
  readonly named: string;
}

/** The subvolume that the fstab names, if it is the default one; otherwise the default one, with a notice. */
async function decideSubvolume(
  partition: Partition,
  { root, options, named }: DefaultSubvolume,
  probe: ProbeTarget,
): Promise<Pick<ProbeResult, 'subvolume' | 'notice'>> {
  const other = await whileMounted(partition, [...options, named], probe, (its) => ({
    isSame: its === root,
    isRoot: holdsRoot(probe.tree, ''),
  })).catch(() => {
    probe.signal.throwIfAborted();
    return undefined;
  });
  if (other?.isSame) return { subvolume: named };
  const why =
    other === undefined ? 'cannot be mounted' : other.isRoot ? 'is another root' : 'contains no root';
  return {
    subvolume: undefined,
    notice: `fstab of the image: ${named} of ${partition.name} ${why}, so the default subvolume is used, which boots`,
  };
}

function holdsRoot(tree: ImageTree, directory: string): boolean {
  try {
    return ['etc', 'usr'].every((name) => tree.stat(`/${directory}/${name}`)?.isDirectory());
  } catch {
    return false; // ELOOP or ENOTDIR.
  }
}
