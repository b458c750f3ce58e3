import { statfsSync } from 'node:fs';
import type { ImageTree } from './image-fs.js';
import { openInside } from './open-inside.js';

/** Whether an output or an error says that a write found no space (errno(3), ENOSPC and EDQUOT). */
export const saysNoSpace = (text: string): boolean =>
  /No space left on device|\bENOSPC\b|Disk quota exceeded|\bEDQUOT\b/i.test(text);

/** The use of a filesystem in percent, rounded up as df(1) does: root's reserve does not count. */
export function percentUsed({
  blocks,
  bfree,
  bavail,
  files,
  ffree,
}: Readonly<Record<'blocks' | 'bfree' | 'bavail' | 'files' | 'ffree', number>>): {
  readonly space: number;
  readonly inodes: number;
} {
  const used = blocks - bfree;
  // btrfs and others have no fixed number of inodes: 0.
  return { space: percent(used, used + bavail), inodes: percent(files - ffree, files) };
}

const percent = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.ceil((part / whole) * 100));

/**
 * How full the fullest filesystem of an image is, and the option that helps.
 * @param targets mount points in the image
 * @param caches mount points of `cache`
 */
export function fullest(
  tree: ImageTree,
  targets: readonly string[],
  caches: readonly string[] = [],
): string | undefined {
  const [first] = [...targets, ...caches]
    .map((target) => {
      using opened = openInside(tree, target);
      const stat = statfsSync(`/proc/self/fd/${opened.descriptor}`);
      return { target, size: stat.blocks * stat.bsize, ...percentUsed(stat) };
    })
    .toSorted((one, other) => Math.max(other.space, other.inodes) - Math.max(one.space, one.inodes));
  if (first === undefined) return undefined;
  const { target, size, space, inodes } = first;
  const what =
    inodes > space
      ? `${inodes} % of the inodes are used`
      : `${space} % of ${Math.round(size / 2 ** 20)} MiB are used`;
  if (caches.includes(target))
    return `Cache ${target}: ${what}. Set cache_size to a larger size, or empty the caches with sweep --cache.`;
  const help =
    target === '/'
      ? 'Set root_volume_size to a larger size, and leave grow_root true.'
      : 'No option enlarges it: remove files there, or use a source with a larger one.';
  return `Filesystem ${target} of the image: ${what}. ${help}`;
}
