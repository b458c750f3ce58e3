import { BuildError } from '../../common/errors.js';
import type { DiskLayout, Partition } from './partitions.js';

/** Types of root filesystems that build-omi can mount. */
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

/** Formats partitions as a table for an error message. */
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

/** A partition that may contain `/`, and the reason it is a candidate. */
export interface Candidate {
  readonly partition: Partition;
  readonly why: string;
  /** Whether to use it only if a probe finds a root filesystem in it. */
  readonly probe: boolean;
}

/**
 * The partitions that may contain `/`, in the order to probe them: the first partition, those of a GPT root
 * type, the others. The only partition that is not empty needs no probe.
 * @throws BuildError with the partitions of the disk if none of them can contain a root filesystem.
 */
export function rootCandidates({ partitions }: DiskLayout): Candidate[] {
  const able = partitions.filter(isMountable);
  if (able.length === 0) throw noRoot(partitions);
  const probe = partitions.filter(({ filesystem }) => filesystem !== undefined).length > 1;
  const rank = (one: Partition): 0 | 1 | 2 => (one.number <= 1 ? 0 : hasRootType(one) ? 1 : 2);
  const reasons = ['the first partition', 'GPT root type', 'contains a root filesystem'] as const;
  const whyOf = (one: Partition): string => (probe ? reasons[rank(one)] : 'the only filesystem');
  return able
    .toSorted((one, other) => rank(one) - rank(other) || one.number - other.number)
    .map((partition) => ({ partition, why: whyOf(partition), probe }));
}

/**
 * The partition that `mount_partition` names; 0 is the whole disk.
 * @throws BuildError if no partition has that number, or if it cannot be mounted.
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
 * The partition for `/` on a disk that the build created from scratch, where a probe would find no files yet:
 * the partition of a GPT root type, else the first with a filesystem, else the whole disk.
 * @throws BuildError if no partition has a filesystem that can be mounted.
 */
export function rootFromScratch(layout: DiskLayout): Candidate {
  const typed = typedRoot(layout);
  if (typed !== undefined) return typed;
  const partition = layout.partitions.find(isMountable);
  if (partition === undefined) throw noRoot(layout.partitions);
  const why = partition.number === 0 ? 'the whole disk' : 'the first filesystem';
  return { partition, why, probe: false };
}

/** The first partition of a GPT root type that can be mounted. */
export function typedRoot({ partitions }: DiskLayout): Candidate | undefined {
  const partition = partitions.find((one) => isMountable(one) && hasRootType(one));
  return partition && { partition, why: 'GPT root type', probe: false };
}

const whatItIs = ({ filesystem }: Partition): string =>
  filesystem === undefined ? 'has no filesystem' : (refused[filesystem] ?? `is ${filesystem}`);

/**
 * The error for a disk without a usable root partition. It names an encrypted, LVM or RAID partition, if
 * there is one, because that is the most likely reason.
 * @param reasons why some partitions could not be probed
 */
export function noRoot(partitions: readonly Partition[], reasons: readonly string[] = []): BuildError {
  const unsupported = partitions.find(({ filesystem }) => refused[filesystem ?? ''] !== undefined);
  return new BuildError(
    unsupported
      ? `the root cannot be mounted: ${unsupported.name} ${whatItIs(unsupported)}`
      : partitions.some(isMountable)
        ? 'no partition of the volume has a root filesystem (with /etc and /usr)'
        : 'no partition of the volume has a filesystem that can contain a root',
    {
      output: [...showPartitions(partitions), ...reasons],
      hint: 'Use a source with a root on ext2, ext3, ext4, xfs or btrfs, in a partition or on the whole disk.',
    },
  );
}
