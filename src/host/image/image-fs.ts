import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { BuildError } from '../../common/errors.js';
import { exec } from '../exec/exec.js';
import { codeOf } from '../system-error.js';
import { configurationLimit, readLimited } from './limits.js';
import { nameBeside } from './name-beside.js';
import { type Location, locate } from './path.js';
import { withDirectory } from './with-directory.js';

/** Numeric owner and group of a file of the image, and its mode. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const byRoot: Owner = { uid: 0, gid: 0, mode: 0o755 };
const newFile = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;
const anyFile = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/**
 * The files of an image. Every path is resolved inside the image (path.ts), so symbolic links of an image
 * cannot make build-omi read or write files of the VM.
 */
export class ImageTree {
  /** @param root path on the VM where the root filesystem of the image is mounted. */
  constructor(readonly root: string) {}

  /** lstat(2): does not follow a symbolic link at the end; undefined if the path does not exist. */
  lstat(path: string): fs.Stats | undefined {
    using location = locate(this.root, path, 'itself');
    return lstatOf(location);
  }

  /** stat(2): follows symbolic links; undefined if the target does not exist. */
  stat(path: string): fs.Stats | undefined {
    using location = locate(this.root, path, 'target');
    return lstatOf(location);
  }

  /**
   * The path inside the image after all symbolic links are followed. The target need not exist.
   * @throws BuildError if `..` follows a missing directory.
   */
  resolve(path: string): string {
    using location = locate(this.root, path, 'target');
    if (location.inside !== undefined) return location.inside;
    throw new BuildError(`${path}: \`..\` follows a directory that does not exist in the image`);
  }

  /**
   * The content of a regular file, following symbolic links; undefined for other types or a missing file.
   * @param limit bytes
   * @throws BuildError if the file is larger.
   */
  read(path: string, limit = configurationLimit): Buffer | undefined {
    using location = locate(this.root, path, 'target');
    if (lstatOf(location)?.isFile() !== true) return undefined;
    const file = fs.openSync(location.path, anyFile);
    try {
      // Checked again after open(2): a device may have replaced the file since lstat(2).
      return fs.fstatSync(file).isFile() ? readLimited(file, path, limit) : undefined;
    } finally {
      fs.closeSync(file);
    }
  }

  /** The names in a directory, following symbolic links; empty if the directory does not exist. */
  list(path: string): string[] {
    using location = locate(this.root, path, 'target');
    if (lstatOf(location)?.isDirectory() !== true) return [];
    return withDirectory(location.path, (file) => fs.readdirSync(`/proc/self/fd/${file}`));
  }

  /** Creates a file. @throws if the name exists, even as a dangling symbolic link. */
  create(path: string, content: string | Buffer, owner: Owner): void {
    using location = this.#existing(path);
    const file = fs.openSync(location.path, newFile, 0o600);
    try {
      fs.writeFileSync(file, content);
      fs.fchownSync(file, owner.uid, owner.gid);
      fs.fchmodSync(file, owner.mode);
    } finally {
      fs.closeSync(file);
    }
  }

  /**
   * Installs a regular file at a path. Follows symbolic links, creates missing directories, and replaces an
   * existing file of any type, including a FIFO or a device.
   */
  async install(path: string, content: Readable, owner: Owner): Promise<void> {
    const target = this.resolve(path);
    this.makeFolders(dirname(target));
    const temporary = nameBeside(target);
    using location = this.#existing(temporary);
    const file = await open(location.path, newFile, 0o600);
    try {
      await file.writeFile(content);
      await file.chown(owner.uid, owner.gid);
      await file.chmod(owner.mode);
    } finally {
      await file.close();
    }
    this.rename(temporary, target);
  }

  symlink(target: string, path: string, owner: Owner = byRoot): void {
    using location = this.#existing(path);
    fs.symlinkSync(target, location.path);
    fs.lchownSync(location.path, owner.uid, owner.gid);
  }

  /**
   * Creates the missing directories of a path, following symbolic links.
   * @returns the created ones, outermost first.
   */
  makeFolders(path: string, owner: Owner = byRoot): string[] {
    const made: string[] = [];
    let directory = '';
    for (const name of this.resolve(path).split('/').filter(Boolean)) {
      directory += `/${name}`;
      const found = this.lstat(directory);
      if (found?.isDirectory()) continue;
      if (found) throw new BuildError(`${directory} is not a directory in the image`);
      using location = this.#existing(directory);
      fs.mkdirSync(location.path, { mode: 0o700 });
      // By descriptor: chmod(2) would follow a symbolic link that a process of the image puts at the path.
      withDirectory(location.path, (file) => {
        fs.fchownSync(file, owner.uid, owner.gid);
        fs.fchmodSync(file, owner.mode);
      });
      made.push(directory);
    }
    return made;
  }

  /** rename(2): renames a symbolic link itself, and replaces an existing target. */
  rename(from: string, to: string): void {
    using old = this.#existing(from);
    using location = this.#existing(to);
    fs.renameSync(old.path, location.path);
  }

  remove(path: string): void {
    using location = this.#existing(path);
    fs.unlinkSync(location.path);
  }

  /** Removes a file, or a directory with its content. Does not follow symbolic links. */
  removeAll(path: string): void {
    using location = this.#existing(path);
    fs.rmSync(location.path, { recursive: true });
  }

  /** Removes a directory if it exists and is empty. */
  removeIfEmpty(path: string): void {
    using location = locate(this.root, path, 'itself');
    if (location.missing) return;
    try {
      fs.rmdirSync(location.path);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'ENOTEMPTY'].includes(String(codeOf(error)))) throw error;
    }
  }

  /**
   * Modification time in nanoseconds, not following a link at the end; undefined if the path does not exist.
   */
  mtimeOf(path: string): bigint | undefined {
    using location = locate(this.root, path, 'itself');
    if (location.missing) return undefined;
    return fs.lstatSync(location.path, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  }

  /** Sets the modification time with touch(1): the times of Node.js are doubles and lose nanoseconds. */
  async setMtime(path: string, nanoseconds: bigint): Promise<void> {
    using location = this.#existing(path);
    const [seconds, rest] = [nanoseconds / 1_000_000_000n, nanoseconds % 1_000_000_000n];
    const date = `@${seconds}.${String(rest).padStart(9, '0')}`;
    const visiblePath = location.path.replace('/proc/self/', `/proc/${process.pid}/`);
    await exec(['touch', '--no-create', '--no-dereference', '-m', `--date=${date}`, visiblePath]);
  }

  #existing(path: string): Location {
    const location = locate(this.root, path, 'itself');
    if (!location.missing) return location;
    location[Symbol.dispose]();
    throw new BuildError(`${path}: a parent directory does not exist in the image`);
  }
}

const lstatOf = (location: Location): fs.Stats | undefined =>
  location.missing ? undefined : fs.lstatSync(location.path, { throwIfNoEntry: false });
