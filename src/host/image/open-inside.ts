import * as fs from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';

/** O_PATH (asm-generic/fcntl.h, the same on x86_64 and aarch64): does not open the file or device itself. */
const pathOnly = 0o10000000;

/** An open file or directory of an image. The descriptor keeps its target when the path changes. */
export interface Opened extends Disposable {
  readonly descriptor: number;
  /** Path in the image, without symbolic links. */
  readonly inside: string;
  /** The mount ID, as in /proc/self/mountinfo. */
  readonly mountId: string;
}

/**
 * Opens a file or directory of an image with O_PATH. Follows symbolic links inside the image. If the path is
 * a mount point, opens the root of the topmost mount.
 * @throws BuildError if the path does not exist.
 */
export function openInside(tree: ImageTree, path: string): Opened {
  using location = locate(tree.root, path, 'target');
  const { inside } = location;
  const found = location.missing ? undefined : fs.lstatSync(location.path, { throwIfNoEntry: false });
  if (inside === undefined || found === undefined)
    throw new BuildError(`${path} does not exist in the image`);
  const descriptor = fs.openSync(location.path, pathOnly | fs.constants.O_NOFOLLOW);
  const close = (): void => fs.closeSync(descriptor);
  try {
    const { dev, ino } = fs.fstatSync(descriptor);
    if (dev !== found.dev || ino !== found.ino || found.isSymbolicLink())
      throw new BuildError(`${path} was replaced while build-omi opened it`);
    const fdinfo = fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const mountId = /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1] ?? '';
    return { descriptor, inside, mountId, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}
