import { filesystemsOf } from '../exec/process-files.js';
import { type MountNamespace, mountNamespaces, ownedHere, type SeenMount } from './mount-namespaces.js';
import { mountsOfDisk } from './mounts-of-disk.js';
import { deviceNumbers } from './partitions.js';

/** A mount namespace, and the mounts of a disk in it. */
export interface DiskNamespace extends MountNamespace {
  readonly ofDisk: readonly SeenMount[];
}

/** The mounts of a disk, and the numbers that identify files on it. */
export interface DiskUse {
  /** The mount namespaces that have a mount of the disk. */
  readonly namespaces: readonly DiskNamespace[];
  /** The subset that another user namespace owns. */
  readonly foreign: readonly DiskNamespace[];
  /** Device numbers of its filesystems, as stat(2) reports them. */
  readonly devices: ReadonlySet<string>;
  /** Device numbers of its filesystems, as mountinfo reports them. */
  readonly mapped: ReadonlySet<string>;
  /** Device numbers of the disk and its partitions. */
  readonly nodes: ReadonlySet<string>;
  /** IDs of all mounts of remote filesystems on the VM. */
  readonly remote: ReadonlySet<string>;
}

/** Whether a server provides the filesystem: access blocks while the server does not respond. */
const isRemote = ({ type }: SeenMount): boolean =>
  /^(nfs|fuse|cifs|smb|9p|ceph|afs|lustre|glusterfs|gfs|ocfs|virtiofs|autofs)/.test(type);

/** The mount namespaces that have a mount of a disk. The source field of a mount is ignored. */
export const namespacesOf = (disk: string, all = mountNamespaces()): DiskNamespace[] =>
  all
    .map((one) => ({ ...one, ofDisk: mountsOfDisk(one.mounts, disk) }))
    .filter(({ ofDisk }) => ofDisk.length > 0);

/** The mount namespaces that another user namespace owns. */
export async function foreignAmong<N extends MountNamespace>(
  namespaces: readonly N[],
  signal: AbortSignal,
): Promise<N[]> {
  const others = namespaces.filter(({ isOwn }) => !isOwn);
  const ours = new Set((await ownedHere(others, signal)).map(({ id }) => id));
  return others.filter(({ id }) => !ours.has(id));
}

/** Finds the uses of a disk. This process accesses no file on it, because that can block. */
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
 * The device numbers that stat(2) reports for files on btrfs: each subvolume has its own. Paths that resolve
 * to another mount are ignored, because the creator of a namespace controls what a path resolves to.
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
