import * as fs from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';

/** O_PATH (asm-generic/fcntl.h, the same on x86_64 and aarch64): opens a place without opening the file or device. */
const pathOnly = 0o10000000;

/** An opened file or directory of an image. What is done to the descriptor is done there, whatever becomes of its path. */
export interface Opened extends Disposable {
  readonly descriptor: number;
  /** The place as the image itself calls it, without links. */
  readonly inside: string;
  /** The mount that it is on, as mountinfo numbers it. */
  readonly mountId: string;
}

/**
 * Opens a file or directory of an image, links followed inside the image: of mounts at the place the last one.
 * @throws BuildError when nothing is there.
 */
export function openInside(tree: ImageTree, path: string): Opened {
  using place = locate(tree.root, path, 'target');
  const { inside } = place;
  const found = place.missing ? undefined : fs.lstatSync(place.path, { throwIfNoEntry: false });
  if (inside === undefined || found === undefined)
    throw new BuildError(`${path} does not exist in the image`);
  const descriptor = fs.openSync(place.path, pathOnly | fs.constants.O_NOFOLLOW);
  const close = (): void => fs.closeSync(descriptor);
  try {
    const { dev, ino } = fs.fstatSync(descriptor);
    if (dev !== found.dev || ino !== found.ino || found.isSymbolicLink())
      throw new BuildError(`${path} was replaced while it was opened`);
    const facts = fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const mountId = /^mnt_id:\s*(\d+)$/m.exec(facts)?.[1] ?? '';
    return { descriptor, inside, mountId, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}
