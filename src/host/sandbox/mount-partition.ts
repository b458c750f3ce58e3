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

/** Whether this kernel has a filesystem, or a module for it that it would load by itself. */
export const kernelHas = (type: string): boolean =>
  textOf('/proc/filesystems').split(/\s+/).includes(type) ||
  textOf(`/lib/modules/${release()}/modules.dep`).includes(`/${type}.ko`);

/**
 * What the kernel does when it finds an error in a filesystem, for each that is mounted from an image. A superblock of
 * ext2, ext3 or ext4 can order a panic (`tune2fs -e panic`) and options of its own (`tune2fs -E mount_opts=`); options
 * of the mount override both (ext4(5)). vfat has only the option, which defaults to this (kernel, vfat.rst). xfs shuts
 * down; it panics only by the sysctl fs.xfs.panic_mask of the VM, and its settings for errors are in sysfs (kernel,
 * admin-guide/xfs.rst). btrfs becomes read-only; it panics only by the mount option fatal_errors=panic (btrfs(5)).
 */
const errorOptions: Readonly<Record<string, readonly string[]>> = {
  ext2: ['errors=remount-ro'],
  ext3: ['errors=remount-ro'],
  ext4: ['errors=remount-ro'],
  vfat: ['errors=remount-ro'],
  xfs: [],
  btrfs: [],
};

/** The mount options that keep a broken filesystem from stopping the VM. */
export const onErrors = (filesystem: string): readonly string[] => errorOptions[filesystem] ?? [];

/** Whether a filesystem of an image is mounted at all: of others it is not known what they do to the VM on an error. */
export const isMountedFromImages = (filesystem: string): boolean => Object.hasOwn(errorOptions, filesystem);

/** The options to mount a partition of an image with. An xfs may be a twin of one of the VM's own: `nouuid` lets it in. */
export const optionsFor = ({ filesystem = '' }: Partition, options: readonly string[]): string[] => [
  ...(filesystem === 'xfs' ? ['nouuid'] : []),
  ...onErrors(filesystem),
  ...options,
];

/**
 * Mounts a partition in the build's namespaces.
 * @param path where, without links, and not in an image.
 */
export async function mountPartition(
  sandbox: Sandbox,
  partition: Partition,
  path: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { name, filesystem = 'auto' } = partition;
  const words = optionsFor(partition, options).flatMap((one) => ['-o', one]);
  await exec(sandbox.inside(['mount', '--types', filesystem, ...words, `/dev/${name}`, path]), {
    limit: 'disk',
    signal,
  });
}
