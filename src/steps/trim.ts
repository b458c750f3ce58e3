import { describe } from '../common/errors.js';
import { openInside } from '../host/image/open-inside.js';
import { canDiscard, trimFilesystem } from '../host/image/trim.js';
import type { Tools } from '../runtime/tools.js';
import type { PreparedChroot } from './chroot.js';

/**
 * Discards the free space of the image's filesystems, so that the snapshot does not contain it. Skips a disk
 * without discard support. A filesystem that cannot be trimmed is a notice.
 */
export async function trim(
  { tree, mounted, disk }: Pick<PreparedChroot, 'tree' | 'mounted' | 'disk'>,
  tools: Tools,
): Promise<void> {
  if (!canDiscard(disk.disk)) return;
  // Trimming one subvolume of a btrfs trims the whole filesystem.
  const once = new Map(mounted.map((one) => [one.partition.name, one]));
  await tools.report.phase('Trim', async () => {
    let trimmed = 0;
    for (const { target, partition } of once.values()) {
      try {
        using folder = openInside(tree, target);
        const saved = await trimFilesystem(folder, tools.signal);
        trimmed += saved;
        tools.report.info(
          `Trimmed ${partition.name}: ${(saved / 2 ** 20).toFixed(0)} MiB of free space discarded`,
        );
      } catch (error) {
        tools.signal.throwIfAborted();
        tools.report.notice(`${partition.name} not trimmed: ${describe(error)}`);
      }
    }
    if (trimmed > 0) tools.report.result(`${(trimmed / 2 ** 20).toFixed(0)} MiB trimmed`);
  });
}
