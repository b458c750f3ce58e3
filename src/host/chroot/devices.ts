import type { Partition } from '../disk/partitions.js';
import { exec } from '../exec/exec.js';
import { mountAt, mountFlags } from '../image/mount-at.js';
import { openInside } from '../image/open-inside.js';
import type { MountedImage } from './no-devices.js';

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
