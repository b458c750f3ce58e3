import { BuildError } from '../../common/errors.js';
import type { Partition } from '../disk/partitions.js';
import type { ImageTree } from '../image/image-fs.js';
import { mountAt, mountFlags, remountAt } from '../image/mount-at.js';
import type { MountedImage } from '../image/mounted-image.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { isAtOrBelow, mountsIn } from '../proc/mountinfo.js';
import type { Mounter } from '../sandbox/mounter.js';

/**
 * Disables the device nodes in an image: remounts every mount of a disk at or below its root with nodev, and
 * keeps the other options listed in mountinfo.
 */
export async function forbidDevices(
  { sandbox, tree, mountPath }: MountedImage,
  mounter: Mounter,
): Promise<void> {
  for (const { id, target, source, options } of mountsIn(sandbox.pid)) {
    if (!source.startsWith('/dev/') || !isAtOrBelow(target, mountPath)) continue;
    using opened = openMountPoint(tree, target.slice(mountPath.length) || '/');
    if (opened?.mountId !== id) continue;
    const flags = Object.entries(mountFlags)
      .filter(([name]) => options.includes(name))
      .reduce<number>((sum, [, flag]) => sum | flag, mountFlags.nodev);
    await remountAt(mounter, opened, flags);
  }
}

/**
 * Opens the path of a mount. The caller compares the mount ID: another mount may hide this one, or its path.
 */
function openMountPoint(tree: ImageTree, path: string): Opened | undefined {
  try {
    return openInside(tree, path);
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw error;
  }
}

/** The devices that programs expect (Filesystem Hierarchy Standard, /dev, and devices.txt of the kernel). */
const standardDevices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const links: readonly [string, string][] = [
  ['pts/ptmx', 'ptmx'],
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
];

/** The disk of the build, as visible in the chroot. */
export interface VisibleDisk {
  /** Kernel name, without /dev/. mountinfo has this name, so grub-probe needs it. */
  readonly disk: string;
  /** Name for commands, without /dev/: partition 1 is NAME1. */
  readonly alias: string;
  readonly partitions: readonly Partition[];
}

/**
 * Mounts a private /dev at a directory of an image, with the standard devices and the disk of the build.
 * Other devices of the VM are not visible. With the links by UUID, update-grub writes root=UUID=… instead of
 * a device name of this VM.
 */
export async function mountPrivateDev(
  { tree }: MountedImage,
  mounter: Mounter,
  target: string,
  own: VisibleDisk,
): Promise<void> {
  const tmpfs = async (path: string, mode: string, flags: number): Promise<void> => {
    using opened = openInside(tree, path);
    const source = `build-omi-${path === target ? 'dev' : 'shm'}`;
    await mountAt(mounter, opened, { type: 'tmpfs', source, flags, options: [`mode=${mode}`] });
  };
  await tmpfs(target, '755', mountFlags.nosuid);
  const names = [own.disk, ...own.partitions.map((one) => one.name).filter((name) => name !== own.disk)];
  const nodes = [...standardDevices, ...names].map((name) => `/dev/${name}`);
  {
    using dev = openInside(tree, target);
    const failed = await mounter.createNodes(nodes, dev.descriptor);
    if (failed !== '') throw new BuildError(`mknod(2) in ${target} of the image failed: ${failed}`);
  }
  for (const name of ['pts', 'shm', 'disk/by-uuid']) tree.makeFolders(`${target}/${name}`);
  await tmpfs(`${target}/shm`, '1777', mountFlags.nosuid | mountFlags.nodev);
  for (const [to, name] of links) tree.symlink(to, `${target}/${name}`);
  for (const [name, to] of ownLinks(own)) tree.symlink(to, `${target}/${name}`);
}

/**
 * The symbolic links to a disk in its private /dev: target by name. The alias of a partition is the alias of
 * the disk and the partition number, whatever the kernel name is. If filesystems have the same UUID, the link
 * points to the first one.
 */
export function ownLinks({ disk, alias, partitions }: VisibleDisk): Map<string, string> {
  const names = partitions.filter(({ number }) => number > 0);
  const uuids = partitions.flatMap(({ uuid, name }) =>
    uuid === undefined || uuid.includes('/') ? [] : [[`disk/by-uuid/${uuid}`, `../../${name}`] as const],
  );
  const byName = [
    [alias, disk] as const,
    ...names.map(({ number, name }) => [`${alias}${number}`, name] as const),
  ];
  return new Map([...byName.filter(([name, to]) => name !== to), ...uuids.toReversed()]);
}
