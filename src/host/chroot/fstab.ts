import { posix } from 'node:path';
import { BuildError } from '../../common/errors.js';
import type { Partition } from '../disk/partitions.js';
import type { ImageTree } from '../image/image-fs.js';
import { fstabLimits } from '../image/limits.js';

/** An entry of fstab(5). */
export interface FstabEntry {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Decodes octal escapes. Each is one byte, so a non-ASCII character has several. */
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
 * Reads the fstab of an image; empty if the file does not exist.
 * @param path path of the fstab in the image
 * @throws BuildError if the file exceeds the limits of image/limits.ts.
 */
export function readFstab(tree: ImageTree, path: string): FstabEntry[] {
  return parseFstab(tree.read(path)?.toString() ?? '', path);
}

/** Parses the text of an fstab and ignores invalid lines. @throws BuildError if it exceeds the limits. */
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

/** A mount from the fstab of an image, whose source is the disk of the image. The root is not included. */
interface FstabMount {
  readonly partition: Partition;
  /** Mount point in the image; its symbolic links are not resolved yet. */
  readonly target: string;
  readonly options: readonly string[];
  /** Ignore a failure to mount it (`nofail`). */
  readonly optional: boolean;
}

export interface FstabMounts {
  /** Parent mount points before child mount points. */
  readonly mounts: readonly FstabMount[];
  /** A message for each skipped entry, with the reason. */
  readonly skipped: readonly string[];
}

/**
 * Names of the first disk on the VMs where images are created. The disk of `/` in the fstab is added to them.
 */
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

/** Options that change which files are visible. Others are for the booted system (`ro`, `noexec`, quotas). */
const keptOptions = /^(subvol|subvolid|compress|compress-force|umask|fmask|dmask|uid|gid)=[^,]+$/;

/** The mount option for the subvolume that the fstab of an image mounts at `/`. */
export const rootSubvolume = (entries: readonly FstabEntry[]): string | undefined =>
  entries.find(({ target }) => target === '/')?.options.find((option) => /^subvol(id)?=[^,]+$/.test(option));

/**
 * Selects the entries of an image's fstab whose source is on the disk of the image. They are mounted so that
 * scripts see the files of the booted image.
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
    // Virtual filesystems match no branch: chroot_mounts configures them.
    if (options.some((option) => /^r?bind$/.test(option))) skipped.push(`${target} is a bind mount`);
    else if (network.has(type) || options.includes('_netdev') || /^(\/\/|[^/=]+:)/.test(source))
      skipped.push(`${target} is on a network filesystem (${source})`);
    else if (/^(\/dev\/|[A-Z]+=)/.test(source)) {
      const partition = findSource(source, partitions, disks, source === rootSource ? root : undefined);
      const isAutomatic = !options.includes('noauto') || options.includes('x-systemd.automount');
      if (!isAutomatic && partition === undefined) continue;
      if (!target.startsWith('/')) skipped.push(`${target} is not an absolute path`);
      // systemd rejects these too: path_is_normalized in fstab-generator.c.
      else if (target.split('/').includes('..')) skipped.push(`${target} contains \`..\``);
      else if (partition === undefined) skipped.push(`${target} is not on the volume (${source})`);
      else if (partition.filesystem === undefined)
        skipped.push(`${target} is on ${partition.name}, which has no filesystem`);
      else if (!isAutomatic)
        skipped.push(`${target} is on ${partition.name}, but is not mounted automatically (noauto)`);
      else
        mounts.push({
          partition,
          target,
          options: options.filter((option) => keptOptions.test(option)),
          optional: options.includes('nofail'),
        });
    } else if (source.startsWith('/') && !options.includes('noauto'))
      skipped.push(`${target} is mounted from a file (${source})`);
  }
  const depth = ({ target }: FstabMount): number => target.split('/').filter(Boolean).length;
  return { mounts: mounts.toSorted((one, other) => depth(one) - depth(other)), skipped };
}

/** The device name of the disk of a partition: /dev/sda for /dev/sda1, /dev/nvme0n1 for /dev/nvme0n1p1. */
const diskOf = (device: string): string =>
  /^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+))(?:p\d+)?$/.exec(device)?.[1] ?? device.replace(/\d+$/, '');

const tags: Readonly<Record<string, (partition: Partition) => string | undefined>> = {
  uuid: ({ uuid }) => uuid?.toLowerCase(),
  label: ({ label }) => label,
  partuuid: ({ partUuid }) => partUuid?.toLowerCase(),
  partlabel: ({ partLabel }) => partLabel,
};

/**
 * Finds the partition for the first field of an entry: a tag such as `UUID=…`, a link such as
 * /dev/disk/by-uuid/…, or a device.
 * @param same the partition to return for a device if the entry has the source of the root
 */
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
    const decoded = value
      .replace(/^"(.*)"$/, '$1')
      .replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => unhex(hex));
    const wanted = tag.toLowerCase().endsWith('uuid') ? decoded.toLowerCase() : decoded;
    return partitions.find((partition) => read(partition) === wanted);
  }
  if (same !== undefined) return same;
  const disk = diskOf(source);
  if (!disks.has(disk)) return undefined;
  const number = Number(/\d+$/.exec(source.slice(disk.length))?.[0] ?? 0);
  return partitions.find((partition) => partition.number === number);
}

const unhex = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 16));
