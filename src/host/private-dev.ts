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
  if (own.alias !== own.disk) symlinkSync(own.disk, `${dev}/${own.alias}`);
  for (const { name, number, uuid } of own.partitions) {
    if (number > 0 && `${own.alias}${number}` !== name) symlinkSync(name, `${dev}/${own.alias}${number}`);
    if (uuid !== undefined && !uuid.includes('/'))
      symlinkSync(`../../${name}`, `${dev}/disk/by-uuid/${uuid}`);
  }
}
