import { BuildError } from '../../common/errors.js';
import type { DiskLayout, Partition } from './partitions.js';

/** Filesystems that a root can be on and that this project can mount. */
const mountable = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs']);
const refused: Readonly<Record<string, string>> = {
  crypto_LUKS: 'is encrypted (LUKS)',
  LVM2_member: 'belongs to a volume group (LVM)',
  linux_raid_member: 'belongs to a RAID array',
};
/** GPT types for a root filesystem, x86-64, x86 and aarch64 (UAPI Discoverable Partitions Specification). */
const rootTypes = new Set([
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
  '44479540-f297-41b2-9af7-d131d5f0458a',
  'b921b045-1df0-41c3-af44-4c6f280d3fae',
]);

const isMountable = ({ filesystem }: Partition): boolean => mountable.has(filesystem ?? '');
const hasRootType = ({ type }: Partition): boolean => rootTypes.has(type ?? '');

/** A table of partitions for a person. */
export const showPartitions = (partitions: readonly Partition[]): string[] =>
  partitions.map(({ number, name, size, filesystem, uuid, label }) =>
    [
      String(number).padStart(3),
      name.padEnd(12),
      `${(size / 2 ** 20).toFixed(0)} MiB`.padStart(11),
      (filesystem ?? '-').padEnd(6),
      (uuid ?? '').padEnd(36),
      label ?? '',
    ]
      .join('  ')
      .trimEnd(),
  );

/** A partition that may hold `/`, and why it is thought of. */
export interface Candidate {
  readonly partition: Partition;
  readonly why: string;
  /** Whether it is taken only if a look inside finds a root there. */
  readonly probe: boolean;
}

/**
 * The partitions that may hold `/`, in the order in which they are to be looked at: the first partition, those of a
 * GPT root type, the rest. A partition that is the only one with anything in it needs no look.
 * @throws BuildError when none of them can, with what is there.
 */
export function rootCandidates({ partitions }: DiskLayout): Candidate[] {
  const able = partitions.filter(isMountable);
  if (able.length === 0) throw noRoot(partitions);
  const probe = partitions.filter(({ filesystem }) => filesystem !== undefined).length > 1;
  const rank = (one: Partition): 0 | 1 | 2 => (one.number <= 1 ? 0 : hasRootType(one) ? 1 : 2);
  const reasons = ['the first partition', 'of the type for a root', 'the one with a root inside'] as const;
  const whyOf = (one: Partition): string => (probe ? reasons[rank(one)] : 'the only filesystem');
  return able
    .toSorted((one, other) => rank(one) - rank(other) || one.number - other.number)
    .map((partition) => ({ partition, why: whyOf(partition), probe }));
}

/**
 * The partition that `mount_partition` names; 0 is the whole disk.
 * @throws BuildError when there is none of that number, or it cannot be mounted.
 */
export function partitionOfNumber({ partitions, whole, table }: DiskLayout, number: number): Candidate {
  const partition = number === 0 ? whole : partitions.find((one) => one.number === number);
  if (partition === undefined) {
    throw new BuildError(`mount_partition: the volume has no partition ${number}`, {
      output: showPartitions(partitions),
    });
  }
  if (!isMountable(partition)) {
    const what =
      number === 0 && table !== undefined ? `has a partition table (${table})` : whatItIs(partition);
    throw new BuildError(`mount_partition: ${partition.name} cannot be mounted: it ${what}`, {
      output: showPartitions(partitions),
    });
  }
  return { partition, why: `mount_partition is ${number}`, probe: false };
}

/**
 * Where `/` goes on a disk that was made from scratch, on which there is nothing to look at yet: the partition of the
 * GPT root type, else the first that has a filesystem, else the whole disk.
 * @throws BuildError when there is no filesystem at all.
 */
export function rootFromScratch({ partitions }: DiskLayout): Candidate {
  const able = partitions.filter(isMountable);
  const typed = able.find(hasRootType);
  const partition = typed ?? able[0];
  if (partition === undefined) throw noRoot(partitions);
  const why = typed
    ? 'of the type for a root'
    : partition.number === 0
      ? 'the whole disk'
      : 'the first filesystem';
  return { partition, why, probe: false };
}

const whatItIs = ({ filesystem }: Partition): string =>
  filesystem === undefined ? 'has no filesystem' : (refused[filesystem] ?? `is ${filesystem}`);

/**
 * Why there is no root among these partitions. One that is closed to us is the likeliest reason.
 * @param reasons why some could not be looked into
 */
export function noRoot(partitions: readonly Partition[], reasons: readonly string[] = []): BuildError {
  const closed = partitions.find(({ filesystem }) => refused[filesystem ?? ''] !== undefined);
  return new BuildError(
    closed
      ? `the root cannot be mounted: ${closed.name} ${whatItIs(closed)}`
      : partitions.some(isMountable)
        ? 'no partition of the volume has a root filesystem (with /etc and /usr)'
        : 'no partition of the volume has a filesystem that can hold a root',
    {
      output: [...showPartitions(partitions), ...reasons],
      hint: 'The source must have its root on ext4, xfs or btrfs, in a partition or on the whole disk.',
    },
  );
}
