import { BuildError, describe } from '../../common/errors.js';
import { exec } from '../exec/exec.js';
import { type Programs, requirePrograms } from '../exec/programs.js';
import { isFree } from './exclusive.js';
import { filesystemSize } from './filesystem-size.js';
import { rereadPartitions } from './kernel-partitions.js';
import { type DiskLayout, locationsOf, type Partition } from './partitions.js';

/**
 * Whether the root is grown: `required` because the user asked for a larger volume, `optional` if it is
 * smaller than its volume for another reason, or `never`.
 */
export type Growth = 'required' | 'optional' | 'never';

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
  if (after !== undefined) {
    throw new BuildError(
      `the root ${root.name} cannot use the ${mebibytes} at the end of the disk: ${after.name} is in between`,
    );
  }
  if (table === 'dos' && root.number > 4)
    throw new BuildError(`the root ${root.name} is a logical partition, which cannot be grown`);
  return free;
}

/** Bytes. mke2fs(8) leaves out a last block group that is too small for its own metadata. */
const minFilesystemGrowth = 8 * 2 ** 20;

/** Whether the filesystem leaves space of its partition unused; true if its size is unknown. */
const isSmaller = (root: Partition): boolean =>
  root.size - (filesystemSize(root) ?? 0) >= minFilesystemGrowth;

/**
 * Grows a partition to the end of its disk, and its unmounted filesystem to the end of the partition. Types
 * that grow while mounted need `growMounted` afterwards.
 * @param notice receives the reason if an optional growth is impossible
 * @returns the partition with its new size; undefined if nothing grows
 * @throws BuildError if a required growth is impossible, before any write; or if growing fails.
 */
export async function grow(
  root: Partition,
  layout: DiskLayout,
  growth: Growth,
  { signal, notice }: { readonly signal: AbortSignal; readonly notice: (line: string) => void },
): Promise<Partition | undefined> {
  if (growth === 'never') return undefined;
  const free = await possibleGrowth(root, layout, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof BuildError)) throw error;
    if (growth === 'required') throw impossible(error);
    notice(`grow_root: ${root.name} does not fill the volume: ${describe(error)}`);
    return undefined;
  });
  if (free === undefined) return undefined;
  try {
    if (free > 0) await growPartition(root, layout.whole.name, signal);
    if (kindOf(root) === 'ext') await exec(['resize2fs', `/dev/${root.name}`], { limit: 'disk', signal });
    // sfdisk and the programs that grow filesystems change no UUID, label or type.
    return { ...root, ...locationsOf(layout.whole.name).find(({ number }) => number === root.number) };
  } catch (error) {
    signal.throwIfAborted();
    throw new BuildError(`grow_root: ${root.name} cannot be grown`, {
      cause: error,
      hint: 'Set grow_root to false.',
    });
  }
}

const impossible = (error: BuildError): BuildError =>
  new BuildError(`root_volume_size: ${describe(error)}`, {
    output: error.output,
    hint:
      error.hint ??
      'Set grow_root to false, remove root_volume_size, or use a source whose root is the last partition.',
  });

/**
 * The bytes by which the partition can grow, 0 if only the filesystem grows; undefined if nothing is to grow.
 * @throws BuildError if it should grow, but cannot.
 */
async function possibleGrowth(
  root: Partition,
  layout: DiskLayout,
  signal: AbortSignal,
): Promise<number | undefined> {
  const free = freeSpaceFor(root, layout);
  if (free === 0 && !isSmaller(root)) return undefined;
  requirePrograms({ ...(free > 0 ? partitionGrowers : {}), ...filesystemGrowers[kindOf(root)] });
  if (kindOf(root) !== 'ext') return free;
  if (!isFree(root.name)) throw new BuildError(`${root.name} is mounted`, { hint: unmount });
  // resize2fs(8) requires a full check first. Exit code 1: e2fsck(8) corrected errors.
  await exec(['e2fsck', '-f', '-p', `/dev/${root.name}`], { answers: [1], limit: 'disk', signal });
  return free;
}

const unmount = 'Unmount it at the end of pre_mount_commands.';

/**
 * sfdisk(8) also moves the backup GPT to the end of the disk. To tell the kernel takes it a quarter of
 * a second.
 */
async function growPartition(root: Partition, disk: string, signal: AbortSignal): Promise<void> {
  await exec(
    ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), `/dev/${disk}`],
    { input: ', +\n', limit: 'disk', signal },
  );
  await rereadPartitions(disk, signal);
}

/**
 * The command that grows a filesystem mounted at `path`; undefined for types that grow while unmounted.
 * xfs_growfs(8) gets the device: of two mounts at one path, as `mount` makes them, it would take the lower.
 */
export function growMounted(root: Partition, path: string): [string, ...string[]] | undefined {
  if (root.filesystem === 'xfs') return ['xfs_growfs', `/dev/${root.name}`];
  if (root.filesystem === 'btrfs') return ['btrfs', 'filesystem', 'resize', 'max', path];
  return undefined;
}
