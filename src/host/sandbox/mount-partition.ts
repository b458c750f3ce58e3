import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { Partition } from '../disk/partitions.js';
import { exec } from '../exec/exec.js';
import type { Sandbox } from './sandbox.js';

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Whether this kernel supports a filesystem type, built in or as a module that it can load. */
export const kernelHas = (type: string): boolean =>
  textOf('/proc/filesystems').split(/\s+/).includes(type) ||
  textOf(`/lib/modules/${release()}/modules.dep`).includes(`/${type}.ko`);

/**
 * Mount options for the reaction of the kernel to a filesystem error, by filesystem type.
 * - ext2, ext3, ext4: the superblock can request a panic (`tune2fs -e panic`) and other mount options
 *   (`tune2fs -E mount_opts=`). Explicit mount options override both (ext4(5)).
 * - vfat: has only the mount option, with this default (kernel, vfat.rst).
 * - xfs: shuts down. It panics only by the sysctl fs.xfs.panic_mask of the VM; error settings are in sysfs
 *   (kernel, admin-guide/xfs.rst).
 * - btrfs: becomes read-only. It panics only with the mount option fatal_errors=panic (btrfs(5)).
 */
const errorOptions: Readonly<Record<string, readonly string[]>> = {
  ext2: ['errors=remount-ro'],
  ext3: ['errors=remount-ro'],
  ext4: ['errors=remount-ro'],
  vfat: ['errors=remount-ro'],
  xfs: [],
  btrfs: [],
};

/** The mount options that prevent a kernel panic on an error of the filesystem. */
export const onErrors = (filesystem: string): readonly string[] => errorOptions[filesystem] ?? [];

/**
 * Whether build-omi mounts a filesystem type from an image. The reaction of other types to errors is unknown.
 */
export const isMountedFromImages = (filesystem: string): boolean => Object.hasOwn(errorOptions, filesystem);

/** The mount options for a partition of an image. `nouuid`: an xfs of the VM may have the same UUID. */
export const optionsFor = ({ filesystem = '' }: Partition, options: readonly string[]): string[] => [
  ...(filesystem === 'xfs' ? ['nouuid'] : []),
  ...onErrors(filesystem),
  ...options,
];

/**
 * Mounts a partition in the namespaces of the build.
 * @param path mount point, without symbolic links and not inside an image.
 */
export async function mountPartition(
  sandbox: Sandbox,
  partition: Partition,
  path: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { name, filesystem = 'auto' } = partition;
  const optionArgs = optionsFor(partition, options).flatMap((one) => ['-o', one]);
  await exec(sandbox.inside(['mount', '--types', filesystem, ...optionArgs, `/dev/${name}`, path]), {
    limit: 'disk',
    signal,
  });
}
