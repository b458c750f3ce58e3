import { BuildError } from '../../common/errors.js';
import { exec } from '../exec/exec.js';
import { type Programs, requirePrograms } from '../exec/programs.js';
import { type DiskLayout, type Partition, rereadPartitions } from './partitions.js';

/** Less than this at the end of a disk is alignment and the backup of the table, not room. */
const worthIt = 2 * 2 ** 20;

/** What growing a partition needs beside what every build does. */
export const partitionGrowers: Programs = { sfdisk: 'fdisk' };

/** What growing a filesystem needs. */
const filesystemGrowers: Readonly<Record<string, Programs>> = {
  ext: { e2fsck: 'e2fsprogs', resize2fs: 'e2fsprogs' },
  xfs: { xfs_growfs: 'xfsprogs' },
  btrfs: { btrfs: 'btrfs-progs' },
};

const kindOf = ({ filesystem = '' }: Partition): string => filesystem.replace(/^ext[234]$/, 'ext');

/**
 * How many bytes the root can grow by: what is free behind the last partition. A whole disk is left to its
 * filesystem, which knows how large it is.
 * @throws BuildError when there is room that the root cannot have, because it is not the last on the disk.
 */
export function freeSpaceFor(root: Partition, { whole, partitions, table }: DiskLayout): number {
  if (root.number === 0) return 0;
  const end = (one: Partition): number => one.start + one.size;
  const free = whole.size - Math.max(...partitions.map(end));
  if (free < worthIt) return 0;
  const after = partitions.find((one) => one.start > root.start);
  const mebibytes = `${(free / 2 ** 20).toFixed(0)} MiB`;
  const hint =
    'Set grow_root to false, leave root_volume_size out, or use a source whose root is the last partition.';
  if (after !== undefined) {
    throw new BuildError(
      `root_volume_size: the root ${root.name} cannot have the ${mebibytes} at the end of the disk, for ${after.name} is between`,
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
 * Grows a partition to the end of its disk. sfdisk(8) moves the backup of a GPT there too. Nothing of the disk may
 * be mounted.
 * @returns whether its filesystem may now be smaller than its place.
 * @throws BuildError, before anything is written, for a root that cannot grow or a program that is missing.
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

/** Grows a filesystem that is not mounted to the size of its partition, where it is one that is grown like that. */
export async function growUnmounted(root: Partition, signal: AbortSignal): Promise<void> {
  if (kindOf(root) !== 'ext') return;
  // resize2fs wants a full check first; 1 says that it put something right.
  await exec(['e2fsck', '-f', '-p', `/dev/${root.name}`], { answers: [1], limit: 'disk', signal });
  await exec(['resize2fs', `/dev/${root.name}`], { limit: 'disk', signal });
}

/** The command that grows a filesystem that is mounted at `path`, for those that are grown like that. */
export function growMounted(root: Partition, path: string): [string, ...string[]] | undefined {
  if (root.filesystem === 'xfs') return ['xfs_growfs', path];
  if (root.filesystem === 'btrfs') return ['btrfs', 'filesystem', 'resize', 'max', path];
  return undefined;
}
