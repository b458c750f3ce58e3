import { dirname } from 'node:path';
import { mountsOfDisk } from '../disk/mounts-of-disk.js';
import { mountsIn } from '../proc/mountinfo.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import type { ImageTree } from './image-fs.js';
import { openInside } from './open-inside.js';

/**
 * The mounts in an image that build-omi may write its own files to: filesystems of the image's disk, and
 * those that the build made empty. A file written to any other mount, such as a bind of /run, would stay on
 * the VM.
 */
export class WritableMounts {
  readonly #ids: Set<string>;

  constructor(
    readonly tree: ImageTree,
    sandbox: Sandbox,
    disk: string,
  ) {
    this.#ids = new Set(mountsOfDisk(mountsIn(sandbox.pid), disk).map(({ id }) => id));
  }

  /** Adds the mount whose root is at a path. */
  add(path: string): void {
    this.#ids.add(this.#idOf(path));
  }

  /** Whether a file at a path, or the first missing directory of it, is created on an own mount. */
  hasPlace(path: string): boolean {
    return this.#ids.has(this.#idOf(this.#existing(dirname(this.tree.resolve(path)))));
  }

  /** Whether a path, with its symbolic links followed, is the root of a mount of the user. */
  isMountOfUser(path: string): boolean {
    if (this.tree.stat(path) === undefined) return false;
    const target = this.tree.resolve(path);
    const id = this.#idOf(target);
    return !this.#ids.has(id) && id !== this.#idOf(dirname(target));
  }

  #existing(folder: string): string {
    return folder === '/' || this.tree.stat(folder) ? folder : this.#existing(dirname(folder));
  }

  #idOf(path: string): string {
    using opened = openInside(this.tree, path);
    return opened.mountId;
  }
}
