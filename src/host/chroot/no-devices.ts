import { BuildError } from '../../common/errors.js';
import type { ImageTree } from '../image/image-fs.js';
import { mountFlags, remountAt } from '../image/mount-at.js';
import { type Opened, openInside } from '../image/open-inside.js';
import { isAtOrBelow, mountsIn } from '../proc/mountinfo.js';
import type { Sandbox } from '../sandbox/sandbox.js';

/** An image that is mounted. */
export interface MountedImage {
  readonly sandbox: Sandbox;
  readonly tree: ImageTree;
  /** Where the image is mounted, as the namespace names it. */
  readonly mountPath: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the device nodes that lie in an image useless: every mount of a disk at or below its root becomes nodev, and
 * keeps its other options, which mountinfo tells.
 */
export async function forbidDevices({ sandbox, tree, mountPath, signal }: MountedImage): Promise<void> {
  for (const { id, target, source, options } of mountsIn(sandbox.pid)) {
    if (!source.startsWith('/dev/') || !isAtOrBelow(target, mountPath)) continue;
    using place = openUncovered(tree, target.slice(mountPath.length) || '/');
    if (place?.mountId !== id) continue;
    const flags = Object.entries(mountFlags)
      .filter(([name]) => options.includes(name))
      .reduce<number>((sum, [, flag]) => sum | flag, mountFlags.nodev);
    await remountAt(sandbox, place, flags, signal);
  }
}

/** What is at the path of a mount. Of one that another mount covers the path leads to something else, or to nothing. */
function openUncovered(tree: ImageTree, path: string): Opened | undefined {
  try {
    return openInside(tree, path);
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw error;
  }
}
