import { filesystemsOf } from '../exec/process-files.js';
import { type MountNamespace, mountNamespaces, ownedHere, type SeenMount } from './mount-namespaces.js';
import { mountsOfDisk } from './mounts-of-disk.js';
import { deviceNumbers } from './partitions.js';

/** A mount namespace with the mounts of a disk in it. */
export interface DiskNamespace extends MountNamespace {
  readonly ofDisk: readonly SeenMount[];
}

/** Where a disk is mounted, and the numbers by which files on it are recognised. */
export interface DiskUse {
  /** Those that have something of the disk mounted. */
  readonly namespaces: readonly DiskNamespace[];
  /** Of those, the ones that another user namespace owns. */
  readonly foreign: readonly DiskNamespace[];
  /** Device numbers of its filesystems as stat reports them. */
  readonly devices: ReadonlySet<string>;
  /** The same as mountinfo reports them. */
  readonly mapped: ReadonlySet<string>;
  /** Device numbers of the disk and its partitions. */
  readonly nodes: ReadonlySet<string>;
  /** IDs of all mounts of remote filesystems on the VM. */
  readonly remote: ReadonlySet<string>;
}

/** Types of filesystems whose server may not answer. */
const isRemote = ({ type }: SeenMount): boolean =>
  /^(nfs|fuse|cifs|smb|9p|ceph|afs|lustre|glusterfs|gfs|ocfs|virtiofs|autofs)/.test(type);

/** The mount namespaces that have something of a disk mounted, whatever they call its source. */
export const namespacesOf = (disk: string, all = mountNamespaces()): DiskNamespace[] =>
  all
    .map((one) => ({ ...one, ofDisk: mountsOfDisk(one.mounts, disk) }))
    .filter(({ ofDisk }) => ofDisk.length > 0);

/** The ones among these that another user namespace owns. */
export async function foreignAmong<N extends MountNamespace>(
  namespaces: readonly N[],
  signal: AbortSignal,
): Promise<N[]> {
  const others = namespaces.filter(({ isOwn }) => !isOwn);
  const ours = new Set((await ownedHere(others, signal)).map(({ id }) => id));
  return others.filter(({ id }) => !ours.has(id));
}

/** Reads where a disk is in use. No file is touched in this process. */
export async function useOf(disk: string, signal: AbortSignal): Promise<DiskUse> {
  const all = mountNamespaces();
  const namespaces = namespacesOf(disk, all);
  const nodes = new Set(deviceNumbers(disk).values());
  const mounts = namespaces.flatMap(({ ofDisk }) => ofDisk);
  return {
    namespaces,
    foreign: await foreignAmong(namespaces, signal),
    devices: new Set([...nodes, ...(await subvolumesOf(mounts, signal))]),
    mapped: new Set([...nodes, ...mounts.map(({ device }) => device)]),
    nodes,
    remote: new Set(all.flatMap(({ mounts: known }) => known.filter(isRemote).map(({ id }) => id))),
  };
}

/**
 * The device numbers that stat reports of files on a btrfs: each subvolume has its own. A path that leads to another mount
 * than the one asked for is ignored: what it leads to in a namespace is decided by whoever made that.
 */
async function subvolumesOf(mounts: readonly SeenMount[], signal: AbortSignal): Promise<string[]> {
  const mountByPath = new Map(
    mounts
      .filter(({ type }) => type === 'btrfs')
      .map((mount) => [
        mount.pid === process.pid ? mount.target : `/proc/${mount.pid}/root${mount.target}`,
        mount,
      ]),
  );
  const found = await filesystemsOf([...mountByPath.keys()], signal);
  return [...found].flatMap(([path, { device, mount }]) =>
    mountByPath.get(path)?.id === mount ? [device] : [],
  );
}
