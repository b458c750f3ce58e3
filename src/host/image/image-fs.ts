import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { BuildError } from '../../common/errors.js';
import { exec } from '../exec/exec.js';
import { codeOf } from '../system-error.js';
import { configurationLimit, readLimited } from './limits.js';
import { nameBeside } from './name-beside.js';
import { locate, type Place } from './path.js';
import { withDirectory } from './with-directory.js';

/** Who owns a file in the image, by number, and its mode. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const byRoot: Owner = { uid: 0, gid: 0, mode: 0o755 };
const newFile = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;
const anyFile = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/**
 * The files of an image, as the VM works on them. Every name is resolved inside the image (image-path.ts), so
 * nothing that lies in an image makes us read or write outside of it.
 */
export class ImageTree {
  /** @param root path of the VM at which the image's root is mounted. */
  constructor(readonly root: string) {}

  /** What is at the place itself, link or not; undefined when there is nothing. */
  lstat(path: string): fs.Stats | undefined {
    using place = locate(this.root, path, 'itself');
    return look(place);
  }

  /** What the name leads to when its links are followed; undefined when there is nothing. */
  stat(path: string): fs.Stats | undefined {
    using place = locate(this.root, path, 'target');
    return look(place);
  }

  /**
   * Where the name leads inside the image when its links are followed; the place need not exist.
   * @throws BuildError where `..` follows a missing directory.
   */
  resolve(path: string): string {
    using place = locate(this.root, path, 'target');
    if (place.inside !== undefined) return place.inside;
    throw new BuildError(`${path}: \`..\` follows a directory that does not exist in the image`);
  }

  /**
   * The content of a regular file, links followed; undefined when there is none.
   * @param limit bytes
   * @throws BuildError for a file that is larger.
   */
  read(path: string, limit = configurationLimit): Buffer | undefined {
    using place = locate(this.root, path, 'target');
    if (look(place)?.isFile() !== true) return undefined;
    const file = fs.openSync(place.path, anyFile);
    try {
      // Opened without following: it may have been replaced by a device since the look.
      return fs.fstatSync(file).isFile() ? readLimited(file, path, limit) : undefined;
    } finally {
      fs.closeSync(file);
    }
  }

  /** The names in a folder, links followed; none when there is no such folder. */
  list(path: string): string[] {
    using place = locate(this.root, path, 'target');
    if (look(place)?.isDirectory() !== true) return [];
    return withDirectory(place.path, (file) => fs.readdirSync(`/proc/self/fd/${file}`));
  }

  /** Makes a new file. @throws when something has the name already, even a dangling link. */
  create(path: string, content: string | Buffer, owner: Owner): void {
    using place = this.#existing(path);
    const file = fs.openSync(place.path, newFile, 0o600);
    try {
      fs.writeFileSync(file, content);
      fs.fchownSync(file, owner.uid, owner.gid);
      fs.fchmodSync(file, owner.mode);
    } finally {
      fs.closeSync(file);
    }
  }

  /**
   * Puts a regular file at a place, links followed and missing folders made; whatever was there, a FIFO or a device
   * too, is replaced.
   */
  async install(path: string, content: Readable, owner: Owner): Promise<void> {
    const target = this.resolve(path);
    this.makeFolders(dirname(target));
    const aside = nameBeside(target);
    using place = this.#existing(aside);
    const file = await open(place.path, newFile, 0o600);
    try {
      await file.writeFile(content);
      await file.chown(owner.uid, owner.gid);
      await file.chmod(owner.mode);
    } finally {
      await file.close();
    }
    this.rename(aside, target);
  }

  symlink(target: string, path: string, owner: Owner = byRoot): void {
    using place = this.#existing(path);
    fs.symlinkSync(target, place.path);
    fs.lchownSync(place.path, owner.uid, owner.gid);
  }

  /** Makes the missing folders of a path, links followed; answers those it made, the outermost first. */
  makeFolders(path: string, owner: Owner = byRoot): string[] {
    const made: string[] = [];
    let folder = '';
    for (const name of this.resolve(path).split('/').filter(Boolean)) {
      folder += `/${name}`;
      const found = this.lstat(folder);
      if (found?.isDirectory()) continue;
      if (found) throw new BuildError(`${folder} is not a folder in the image`);
      using place = this.#existing(folder);
      fs.mkdirSync(place.path, { mode: 0o700 });
      // By descriptor: chmod(2) would follow a link that a process of the image puts in its place.
      withDirectory(place.path, (file) => {
        fs.fchownSync(file, owner.uid, owner.gid);
        fs.fchmodSync(file, owner.mode);
      });
      made.push(folder);
    }
    return made;
  }

  /** Renames an entry, itself and not what it leads to; what had the new name is replaced. */
  rename(from: string, to: string): void {
    using old = this.#existing(from);
    using place = this.#existing(to);
    fs.renameSync(old.path, place.path);
  }

  remove(path: string): void {
    using place = this.#existing(path);
    fs.unlinkSync(place.path);
  }

  /** Removes what is at the place, a folder with all that is in it. No link is followed. */
  removeAll(path: string): void {
    using place = this.#existing(path);
    fs.rmSync(place.path, { recursive: true });
  }

  /** Removes a folder, unless something is in it or it is no folder any more. */
  removeIfEmpty(path: string): void {
    using place = locate(this.root, path, 'itself');
    if (place.missing) return;
    try {
      fs.rmdirSync(place.path);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY'].includes(String(codeOf(error)))) throw error;
    }
  }

  /** When a folder or file was changed last, in nanoseconds; undefined when there is none. */
  changedAt(path: string): bigint | undefined {
    using place = locate(this.root, path, 'itself');
    if (place.missing) return undefined;
    return fs.lstatSync(place.path, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  }

  /** Sets that time, by touch(1): node cannot, its times are doubles. */
  async setChangedAt(path: string, nanoseconds: bigint): Promise<void> {
    using place = this.#existing(path);
    const [seconds, rest] = [nanoseconds / 1_000_000_000n, nanoseconds % 1_000_000_000n];
    const date = `@${seconds}.${String(rest).padStart(9, '0')}`;
    const seen = place.path.replace('/proc/self/', `/proc/${process.pid}/`);
    await exec(['touch', '--no-create', '--no-dereference', '-m', `--date=${date}`, seen]);
  }

  #existing(path: string): Place {
    const place = locate(this.root, path, 'itself');
    if (!place.missing) return place;
    place[Symbol.dispose]();
    throw new BuildError(`${path}: a folder on the way is missing in the image`);
  }
}

const look = (place: Place): fs.Stats | undefined =>
  place.missing ? undefined : fs.lstatSync(place.path, { throwIfNoEntry: false });
