import { posix } from 'node:path';
import { BuildError } from '../../common/errors.js';
import type { Partition } from '../disk/partitions.js';
import type { ImageTree } from '../image/image-fs.js';
import { fstabLimits } from '../image/limits.js';

/** A line of fstab(5). */
export interface FstabEntry {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** The escapes are bytes: a letter beyond ASCII has more than one. */
const unescaped = (text: string): string =>
  text.replace(/(?:\\[0-7]{3})+/g, (escapes) =>
    Buffer.from(
      escapes
        .split('\\')
        .slice(1)
        .map((octal) => Number.parseInt(octal, 8)),
    ).toString(),
  );

/**
 * The entries of an image's fstab; none when it has no such file.
 * @param path of the fstab, as the image calls it
 * @throws BuildError for a file beyond the limits (image-limits.ts).
 */
export function readFstab(tree: ImageTree, path: string): FstabEntry[] {
  return parseFstab(tree.read(path)?.toString() ?? '', path);
}

/** Reads the text of an fstab; lines that are none are passed over. @throws BuildError beyond the limits. */
export function parseFstab(text: string, path = '/etc/fstab'): FstabEntry[] {
  const lines = text.split('\n');
  const long = lines.findIndex((line) => Buffer.byteLength(line) > fstabLimits.line);
  if (long >= 0)
    throw new BuildError(
      `${path} of the image: line ${long + 1} is longer than the limit of ${fstabLimits.line} bytes`,
    );
  const entries = lines.flatMap((line) => {
    const [source, target, type = 'auto', options = 'defaults'] = line.trim().split(/\s+/).map(unescaped);
    if (!source || source.startsWith('#') || !target) return [];
    return [{ source, target, type, options: options.split(',') }];
  });
  if (entries.length > fstabLimits.entries)
    throw new BuildError(`${path} of the image has more entries than the limit of ${fstabLimits.entries}`);
  return entries;
}

/** What an image's fstab mounts from its own disk, beside the root. */
interface FstabMount {
  readonly partition: Partition;
  /** As the image names it; its links are not resolved yet. */
  readonly target: string;
  readonly options: readonly string[];
  /** A failure to mount it is no error (`nofail`). */
  readonly optional: boolean;
}

export interface FstabMounts {
  /** Outer places before inner ones. */
  readonly mounts: readonly FstabMount[];
  /** Entries that are left out, each with the reason. */
  readonly skipped: readonly string[];
}

/** Names that the first disk of a VM has where images are made; what `/` itself is on is one too. */
const firstDisks = ['/dev/sda', '/dev/vda', '/dev/xvda', '/dev/hda', '/dev/nvme0n1'];
const network = new Set([
  'nfs',
  'nfs4',
  'cifs',
  'smb3',
  'smbfs',
  'ceph',
  'glusterfs',
  '9p',
  'afs',
  'fuse.sshfs',
]);

/** Options that decide what is found at a place; the others are for the running system (`ro`, `noexec`, quotas). */
const kept = /^(subvol|subvolid|compress|compress-force|umask|fmask|dmask|uid|gid)=[^,]+$/;

/** The subvolume that an image's own fstab mounts as `/`, as an option for mount(8). */
export const rootSubvolume = (entries: readonly FstabEntry[]): string | undefined =>
  entries.find(({ target }) => target === '/')?.options.find((option) => /^subvol(id)?=[^,]+$/.test(option));

/**
 * Sorts out which entries of an image's fstab are on its own disk, and so have to be mounted for a script to see the
 * filesystem that the booted image will have.
 */
export function fstabMountsOf(
  entries: readonly FstabEntry[],
  partitions: readonly Partition[],
  root: Partition,
): FstabMounts {
  const rootSource = entries.find(({ target }) => target === '/')?.source ?? '';
  const disks = new Set([...firstDisks, diskOf(rootSource)]);
  const mounts: FstabMount[] = [];
  const skipped: string[] = [];
  for (const { source, target, type, options } of entries) {
    if (type === 'swap' || posix.normalize(target) === '/') continue;
    // Virtual filesystems have no device: the chroot has its own of those that matter.
    if (options.some((option) => /^r?bind$/.test(option))) skipped.push(`${target} is a bind mount`);
    else if (network.has(type) || options.includes('_netdev') || /^(\/\/|[^/=]+:)/.test(source))
      skipped.push(`${target} comes over the network (${source})`);
    else if (/^(\/dev\/|[A-Z]+=)/.test(source)) {
      const partition = findSource(source, partitions, disks, source === rootSource ? root : undefined);
      const isAutomatic = !options.includes('noauto') || options.includes('x-systemd.automount');
      if (!isAutomatic && partition === undefined) continue;
      if (!target.startsWith('/')) skipped.push(`${target} is no absolute path`);
      // As systemd does; see path_is_normalized in systemd.unit(5), "RequiresMountsFor", and fstab-generator.c.
      else if (target.split('/').includes('..')) skipped.push(`${target} contains \`..\``);
      else if (partition === undefined) skipped.push(`${target} is not on the volume (${source})`);
      else if (partition.filesystem === undefined)
        skipped.push(`${target} is on ${partition.name}, which has no filesystem`);
      else if (!isAutomatic)
        skipped.push(`${target} is on ${partition.name}, and is not mounted by itself (noauto)`);
      else
        mounts.push({
          partition,
          target,
          options: options.filter((option) => kept.test(option)),
          optional: options.includes('nofail'),
        });
    } else if (source.startsWith('/') && !options.includes('noauto'))
      skipped.push(`${target} is in a file (${source})`);
  }
  const depth = ({ target }: FstabMount): number => target.split('/').filter(Boolean).length;
  return { mounts: mounts.toSorted((one, other) => depth(one) - depth(other)), skipped };
}

/** The disk of a partition by its name: /dev/sda of /dev/sda1, /dev/nvme0n1 of /dev/nvme0n1p1. */
const diskOf = (device: string): string =>
  /^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+))(?:p\d+)?$/.exec(device)?.[1] ?? device.replace(/\d+$/, '');

const tags: Readonly<Record<string, (partition: Partition) => string | undefined>> = {
  uuid: ({ uuid }) => uuid?.toLowerCase(),
  label: ({ label }) => label,
  partuuid: ({ partUuid }) => partUuid?.toLowerCase(),
  partlabel: ({ partLabel }) => partLabel,
};

/** The partition that the first field of an entry names: `UUID=…`, /dev/disk/by-uuid/… and so on, or a device. */
function findSource(
  source: string,
  partitions: readonly Partition[],
  disks: ReadonlySet<string>,
  same: Partition | undefined,
): Partition | undefined {
  const [, tag = '', value = ''] =
    /^([A-Z]+)=(.*)$/.exec(source) ?? /^\/dev\/disk\/by-([a-z]+)\/(.*)$/.exec(source) ?? [];
  const read = tags[tag.toLowerCase()];
  if (read !== undefined) {
    const bare = value.replace(/^"(.*)"$/, '$1').replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => unhex(hex));
    const wanted = tag.toLowerCase().endsWith('uuid') ? bare.toLowerCase() : bare;
    return partitions.find((partition) => read(partition) === wanted);
  }
  if (same !== undefined) return same;
  const disk = diskOf(source);
  if (!disks.has(disk)) return undefined;
  const number = Number(/\d+$/.exec(source.slice(disk.length))?.[0] ?? 0);
  return partitions.find((partition) => partition.number === number);
}

const unhex = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 16));
