import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { isStill, lockFile } from '../host/file-lock.js';
import { attempt } from '../host/proc/processes.js';
import { sharedFolder } from './folder.js';
import { oldestBeyond } from './oldest.js';

/** Bytes of all images of a user. */
const cacheLimit = 10 * 2 ** 30;

const { O_RDONLY, O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * The images that builds of a user have downloaded, by their checksum: `UID.shared/images` in the state
 * directory. An unfinished one has the name `CHECKSUM.part`, and the build that downloads it has its lock.
 */
export class ImageCache {
  private constructor(
    readonly folder: string,
    private readonly user: User,
    /** Bytes. */
    readonly limit: number,
  ) {}

  /** @param limit bytes of all images @returns undefined without a state directory */
  static in(directory: string, user: User, limit = cacheLimit): ImageCache | undefined {
    const folder = sharedFolder(directory, user, 'images');
    return folder === undefined ? undefined : new ImageCache(folder, user, limit);
  }

  /** Opens a complete image for reading, and notes its use; undefined if it is not there. */
  open(checksum: string): number | undefined {
    const path = join(this.folder, checksum);
    return asUser(this.user, () =>
      attempt(() => {
        const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        utimesSync(path, new Date(), new Date());
        return file;
      }),
    );
  }

  /**
   * Opens the unfinished image, and locks it.
   * @returns undefined while another build downloads it
   * @throws BuildError if the filesystem has no locks; the reason of the signal
   */
  async openPart(checksum: string, signal: AbortSignal): Promise<number | undefined> {
    const path = this.#part(checksum);
    const file = asUser(this.user, () => openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644));
    try {
      // Its directory is private. qemu-img reads it as another user.
      fchmodSync(file, 0o644);
      if ((await lockFile(file, 'exclusive', 0, signal)) && isStill(path, file)) return file;
      closeSync(file);
      return undefined;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /**
   * Names a complete image. One whose name another build has removed to make room stays open, and is not
   * cached.
   */
  finish(checksum: string, file: number): void {
    const part = this.#part(checksum);
    asUser(this.user, () => {
      if (isStill(part, file)) renameSync(part, join(this.folder, checksum));
    });
  }

  /** Removes an image, and what of it was downloaded. */
  remove(checksum: string): void {
    asUser(this.user, () => {
      rmSync(this.#part(checksum), { force: true });
      rmSync(join(this.folder, checksum), { force: true });
    });
  }

  /** Removes the images that were not used for the longest time, until there is room. Open files stay. */
  makeRoom(bytes: number, checksum: string): void {
    asUser(this.user, () => {
      const files = readdirSync(this.folder).flatMap((name) => {
        const stat = lstatSync(join(this.folder, name), { throwIfNoEntry: false });
        return stat === undefined || name.startsWith(checksum)
          ? []
          : [{ name, bytes: stat.size, age: stat.mtimeMs }];
      });
      for (const { name } of oldestBeyond(files, this.limit - bytes))
        rmSync(join(this.folder, name), { force: true, recursive: true });
    });
  }

  #part = (checksum: string): string => join(this.folder, `${checksum}.part`);
}
