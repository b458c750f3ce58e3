import { BuildError } from '../../common/errors.js';
import type { Partition } from '../disk/partitions.js';
import { exec } from '../exec/exec.js';
import type { ImageTree } from '../image/image-fs.js';
import { mountAt, mountFlags, remountAt } from '../image/mount-at.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { isAtOrBelow, mountsIn } from '../proc/mountinfo.js';
import type { Sandbox } from '../sandbox/sandbox.js';

/** An image that is mounted. */
export interface MountedImage {
  readonly sandbox: Sandbox;
  readonly tree: ImageTree;
  /** Where the image is mounted, as the namespace names it. */
  readonly mountPath: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the device nodes that lie in an image useless: every mount of a disk at or below its root becomes nodev, and
 * keeps its other options, which mountinfo tells.
 */
export async function forbidDevices({ sandbox, tree, mountPath, signal }: MountedImage): Promise<void> {
  for (const { id, target, source, options } of mountsIn(sandbox.pid)) {
    if (!source.startsWith('/dev/') || !isAtOrBelow(target, mountPath)) continue;
    using place = openUncovered(tree, target.slice(mountPath.length) || '/');
    if (place?.mountId !== id) continue;
    const flags = Object.entries(mountFlags)
      .filter(([name]) => options.includes(name))
      .reduce<number>((sum, [, flag]) => sum | flag, mountFlags.nodev);
    await remountAt(sandbox, place, flags, signal);
  }
}

/** What is at the path of a mount. Of one that another mount covers the path leads to something else, or to nothing. */
function openUncovered(tree: ImageTree, path: string): Opened | undefined {
  try {
    return openInside(tree, path);
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw error;
  }
}

/** The devices that every program may expect (Filesystem Hierarchy Standard, /dev, and the kernel's devices.txt). */
const plain = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const links: readonly [string, string][] = [
  ['pts/ptmx', 'ptmx'],
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
];

/** The disk as the chroot sees it: its kernel name, the name commands use for it, and its partitions. */
export interface VisibleDisk {
  /** The kernel's name, which is the one in mountinfo and so the one that grub-probe needs. */
  readonly disk: string;
  /** The name without /dev/ for which NAME1 is partition 1. */
  readonly alias: string;
  readonly partitions: readonly Partition[];
}

/**
 * Mounts a /dev of the build's own at a directory of an image: the plain devices, its own disk and nothing else of the VM.
 * The links by UUID are what lets update-grub write root=UUID=… instead of a name that only this VM has.
 */
export async function mountPrivateDev(
  { sandbox, tree, signal }: MountedImage,
  target: string,
  own: VisibleDisk,
): Promise<void> {
  const tmpfs = async (path: string, mode: string, flags: number): Promise<void> => {
    using place = openInside(tree, path);
    const source = `build-omi-${path === target ? 'dev' : 'shm'}`;
    await mountAt(sandbox, place, { type: 'tmpfs', source, flags, options: [`mode=${mode}`] }, signal);
  };
  await tmpfs(target, '755', mountFlags.nosuid);
  const names = [own.disk, ...own.partitions.map((one) => one.name).filter((name) => name !== own.disk)];
  const nodes = [...plain, ...names].map((name) => `/dev/${name}`);
  {
    using dev = openInside(tree, target);
    const argv = ['cp', '--archive', '--', ...nodes, '/proc/self/fd/3/.'] as const;
    await exec(sandbox.inside(argv), { descriptors: [dev.descriptor], signal });
  }
  for (const name of ['pts', 'shm', 'disk/by-uuid']) tree.makeFolders(`${target}/${name}`);
  await tmpfs(`${target}/shm`, '1777', mountFlags.nosuid | mountFlags.nodev);
  for (const [to, name] of links) tree.symlink(to, `${target}/${name}`);
  for (const [name, to] of ownLinks(own)) tree.symlink(to, `${target}/${name}`);
}

/**
 * The links to a disk in its private /dev: what each leads to, by its name. The name that commands use has a partition's
 * number appended, whatever the kernel calls it; of filesystems with one UUID the first counts.
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
