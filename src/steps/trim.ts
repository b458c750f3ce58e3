import { describe } from '../common/errors.js';
import type { ImageTree } from '../host/image/image-fs.js';
import { openInside } from '../host/image/open-inside.js';
import { canDiscard, trimFilesystem } from '../host/image/trim.js';
import type { Tools } from '../runtime/tools.js';
import type { Root } from './root.js';

/**
 * Gives back what the filesystems of the image no longer use, so that the snapshot does not hold it. Nothing of the
 * image runs any more. A disk that does not discard is left as it is, and what cannot be trimmed is no error.
 */
export async function trim(
  tree: ImageTree,
  { mounted, disk }: Pick<Root, 'mounted' | 'disk'>,
  tools: Tools,
): Promise<void> {
  if (!canDiscard(disk.disk)) return;
  // Of a btrfs with many subvolumes one is as good as another.
  const once = new Map(mounted.map((one) => [one.partition.name, one]));
  await tools.report.phase('Trim', async () => {
    for (const { target, partition } of once.values()) {
      try {
        using folder = openInside(tree, target);
        const saved = await trimFilesystem(folder, tools.signal);
        tools.report.info(`${partition.name}: ${(saved / 2 ** 20).toFixed(0)} MiB of free space given back`);
      } catch (error) {
        tools.signal.throwIfAborted();
        tools.report.notice(`${partition.name} was not trimmed: ${describe(error)}`);
      }
    }
  });
}
