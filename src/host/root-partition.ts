import { BuildError } from '../errors.js';
import type { Partition } from './partitions.js';

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

/** A table of partitions for a person. */
export const showPartitions = (partitions: readonly Partition[]): string[] =>
  partitions.map(({ number, name, size, filesystem, uuid }) =>
    [
      String(number).padStart(3),
      name.padEnd(12),
      `${(size / 2 ** 20).toFixed(0)} MiB`.padStart(11),
      filesystem ?? '-',
      uuid ?? '',
    ]
      .join('  ')
      .trimEnd(),
  );

/**
 * The partitions that may hold `/`, the likeliest first: partition 1, then those of a GPT root type, then the rest.
 * @throws BuildError when there is none, with what is there.
 */
export function rootCandidates(partitions: readonly Partition[]): Partition[] {
  const able = partitions.filter(({ filesystem }) => mountable.has(filesystem ?? ''));
  if (able.length > 0) {
    const rank = ({ number, type }: Partition): number =>
      number <= 1 ? 0 : rootTypes.has(type ?? '') ? 1 : 2;
    return able.toSorted((one, other) => rank(one) - rank(other) || one.number - other.number);
  }
  const closed = partitions.find(({ filesystem }) => refused[filesystem ?? ''] !== undefined);
  throw new BuildError(
    closed
      ? `the root cannot be mounted: ${closed.name} ${refused[closed.filesystem ?? '']}`
      : `no partition of the volume has a filesystem that can hold a root (${showPartitions(partitions).join('; ')})`,
    { hint: 'The source must have its root on ext4, xfs or btrfs, in a partition or on the whole disk.' },
  );
}
