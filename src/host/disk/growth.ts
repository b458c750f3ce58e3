import { BuildError } from '../../common/errors.js';
import { exec } from '../exec/exec.js';
import { type Programs, requirePrograms } from '../exec/programs.js';
import { rereadPartitions } from './kernel-partitions.js';
import type { DiskLayout, Partition } from './partitions.js';

/** Bytes. Less space at the end of a disk is alignment and the backup GPT, and cannot be used. */
const minGrowth = 2 * 2 ** 20;

/** The additional programs that growing a partition requires. */
export const partitionGrowers: Programs = { sfdisk: 'fdisk', resizepart: 'util-linux' };

/** The programs that growing a filesystem requires, by filesystem type. */
const filesystemGrowers: Readonly<Record<string, Programs>> = {
  ext: { e2fsck: 'e2fsprogs', resize2fs: 'e2fsprogs' },
  xfs: { xfs_growfs: 'xfsprogs' },
  btrfs: { btrfs: 'btrfs-progs' },
};

const kindOf = ({ filesystem = '' }: Partition): string => filesystem.replace(/^ext[234]$/, 'ext');

/**
 * The bytes by which the root partition can grow: the free space after the last partition. 0 for a root on
 * the whole disk, where only the filesystem grows.
 * @throws BuildError if the root cannot use the free space: another partition follows it, or it is logical.
 */
export function freeSpaceFor(root: Partition, { whole, partitions, table }: DiskLayout): number {
  if (root.number === 0) return 0;
  const end = (one: Partition): number => one.start + one.size;
  const free = whole.size - Math.max(...partitions.map(end));
  if (free < minGrowth) return 0;
  const after = partitions.find((one) => one.start > root.start);
  const mebibytes = `${(free / 2 ** 20).toFixed(0)} MiB`;
  const hint =
    'Set grow_root to false, remove root_volume_size, or use a source whose root is the last partition.';
  if (after !== undefined) {
    throw new BuildError(
      `root_volume_size: the root ${root.name} cannot use the ${mebibytes} at the end of the disk: ${after.name} is in between`,
      { hint },
    );
  }
  if (table === 'dos' && root.number > 4) {
    throw new BuildError(
      `root_volume_size: the root ${root.name} is a logical partition, which cannot be grown`,
      { hint },
    );
  }
  return free;
}

/**
 * Grows a partition to the end of its disk. sfdisk(8) also moves the backup GPT there. No filesystem of the
 * disk may be mounted.
 * @returns whether the filesystem may now be smaller than its partition.
 * @throws BuildError before any write, if the root cannot grow or a program is missing.
 */
export async function growPartition(
  root: Partition,
  layout: DiskLayout,
  signal: AbortSignal,
): Promise<boolean> {
  const free = freeSpaceFor(root, layout);
  if (free === 0 && root.number > 0) return false;
  requirePrograms({ ...(free > 0 ? partitionGrowers : {}), ...filesystemGrowers[kindOf(root)] });
  if (free === 0) return true;
  const disk = layout.whole.name;
  await exec(
    ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), `/dev/${disk}`],
    { input: ', +\n', limit: 'disk', signal },
  );
  await rereadPartitions(disk, signal);
  return true;
}

/**
 * Grows an unmounted filesystem to the size of its partition. Does nothing for types that grow while mounted.
 */
export async function growUnmounted(root: Partition, signal: AbortSignal): Promise<void> {
  if (kindOf(root) !== 'ext') return;
  // resize2fs(8) requires a full check first. Exit code 1: e2fsck(8) corrected errors.
  await exec(['e2fsck', '-f', '-p', `/dev/${root.name}`], { answers: [1], limit: 'disk', signal });
  await exec(['resize2fs', `/dev/${root.name}`], { limit: 'disk', signal });
}

/** The command that grows a filesystem mounted at `path`; undefined for types that grow while unmounted. */
export function growMounted(root: Partition, path: string): [string, ...string[]] | undefined {
  if (root.filesystem === 'xfs') return ['xfs_growfs', path];
  if (root.filesystem === 'btrfs') return ['btrfs', 'filesystem', 'resize', 'max', path];
  return undefined;
}
