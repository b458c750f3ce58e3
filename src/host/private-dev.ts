import { symlinkSync } from 'node:fs';
import { exec } from './exec.js';
import type { Partition } from './partitions.js';
import type { Room } from './room.js';

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
 * Mounts a /dev of the build's own at `target`: the plain devices, its own disk and nothing else of the VM.
 * The links by UUID are what lets update-grub write root=UUID=… instead of a name that only this VM has.
 */
export async function mountPrivateDev(
  room: Room,
  target: string,
  own: VisibleDisk,
  signal: AbortSignal,
): Promise<void> {
  await exec(
    room.inside(['mount', '--types', 'tmpfs', '--options', 'mode=755,nosuid', 'build-omi-dev', target]),
    { signal },
  );
  const names = [own.disk, ...own.partitions.map((one) => one.name).filter((name) => name !== own.disk)];
  const nodes = [...plain, ...names].map((name) => `/dev/${name}`);
  await exec(room.inside(['cp', '--archive', '--', ...nodes, target]), { signal });
  await exec(room.inside(['mkdir', '-p', `${target}/pts`, `${target}/shm`, `${target}/disk/by-uuid`]), {
    signal,
  });
  await exec(
    room.inside([
      'mount',
      '--types',
      'tmpfs',
      '--options',
      'mode=1777,nosuid,nodev',
      'build-omi-shm',
      `${target}/shm`,
    ]),
    { signal },
  );
  // From here on the folder is ours alone and new: no link of the image can be on the way.
  const dev = `${room.root}${target}`;
  for (const [to, name] of links) symlinkSync(to, `${dev}/${name}`);
  for (const [name, to] of ownLinks(own)) symlinkSync(to, `${dev}/${name}`);
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
