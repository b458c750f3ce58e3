import type { SealAction } from '../../config/types/seal.js';
import { mountsOfDisk } from '../../host/disk/mounts-of-disk.js';
import { shown } from '../../host/image/limits.js';
import { type Sealed, sealImage } from '../../quality/seal/seal.js';
import type { Tools } from '../../runtime/tools.js';
import type { PreparedChroot } from '../chroot.js';

/** Seals the image, and reports what each action did. No process may use the image. */
export async function seal(
  { tree, mounts, disk }: Pick<PreparedChroot, 'tree' | 'mounts' | 'disk'>,
  actions: readonly SealAction[],
  { report }: Tools,
): Promise<void> {
  await report.phase('Seal', () => {
    // Directories of the VM can be mounted in the image (chroot_mounts).
    const own = new Set(mountsOfDisk(mounts, disk.disk).map(({ id }) => id));
    const foreign = mounts.filter(({ id }) => !own.has(id)).map(({ target }) => target);
    for (const one of sealImage(tree, actions, foreign)) {
      if (one.problem === undefined) report.info(textOf(one));
      else report.warn(`seal: ${one.action} incomplete: ${shown(one.problem)}`);
    }
    return Promise.resolve();
  });
}

/** Maximum number of paths in a line. */
const pathsInLine = 3;

function textOf({ action, paths }: Sealed): string {
  if (paths.length === 0) return `Sealed ${action}: nothing to remove`;
  const rest = paths.length - pathsInLine;
  const first = paths.slice(0, pathsInLine).map(shown).join(', ');
  return `Sealed ${action}: ${first}${rest > 0 ? ` and ${rest} more` : ''}`;
}
