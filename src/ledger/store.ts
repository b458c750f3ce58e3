import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import { asUser, type User } from '../host/exec/user.js';
import { codeOf } from '../host/system-error.js';
import { createLocked } from './build-lock.js';
import { firstNames, makeFolder } from './folders.js';
import { lineWriter } from './line-writer.js';
import { removeOverflow, withOverflow } from './overflow.js';
import { isFolderOf, readOwn } from './own-files.js';

/** The ledgers of a user: files in a directory that only this user can read, in the state directory. */
export class LedgerStore {
  readonly #folder: string;
  /** The directory that all builds of this VM lock while they choose a device name. */
  readonly deviceLock: string;

  constructor(
    readonly directory: string,
    private readonly user: User,
  ) {
    this.#folder = join(directory, String(user.uid));
    this.deviceLock = directory;
  }

  /** The stores that a user may clean up: for root those of all users, for any other user its own. */
  static all(directory: string, user: User): LedgerStore[] {
    if (user.uid !== 0 || !existsSync(directory)) return [new LedgerStore(directory, user)];
    const folders = readdirSync(directory, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && /^\d+$/.test(entry.name),
    );
    return folders.map(({ name }) => new LedgerStore(directory, { ...user, uid: Number(name) }));
  }

  /** The user ID of the ledgers. */
  get uid(): number {
    return this.user.uid;
  }

  /** The directory of the ledgers. */
  get folder(): string {
    return this.#folder;
  }

  /** The builds that have a ledger: the first 1,000, in readdir(3) order. */
  builds(): string[] {
    if (!isFolderOf(this.user, this.#folder)) return [];
    return firstNames(this.#folder, most).flatMap((name) => /^(\w+)\.jsonl$/.exec(name)?.[1] ?? []);
  }

  /** The path of the ledger of a build, which is also its lock. */
  lockOf(build: string): string {
    return this.#path(build);
  }

  /** Creates the directories, and removes ledgers without a complete line: they claim no resource. */
  prepare(): void {
    this.#write(() => {
      this.#makeDirectory();
      if (lstatSync(this.#folder, { throwIfNoEntry: false }) === undefined)
        makeFolder(this.#folder, this.user);
    });
    // In a directory that other users can write, it can be a link or a file.
    if (!isFolderOf(this.user, this.#folder))
      throw new BuildError(`state_dir: ${this.#folder} is not a folder of user ${this.user.uid}`, {
        hint: 'Remove it, or use a directory that no other user can write.',
      });
    for (const build of this.builds()) {
      const path = this.#path(build);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      // A running build may be about to write its first line.
      const isOld = stat?.isFile() === true && Date.now() - stat.mtimeMs > 60_000;
      if (isOld && stat.uid === this.user.uid && this.read(build) === undefined)
        rmSync(path, { force: true });
    }
  }

  /** @throws BuildError that names the option. */
  #write(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): never {
    throw new BuildError(`state_dir: ${this.directory} cannot be written (${describe(error)})`, {
      hint: 'Use a directory on a writable disk with free space.',
    });
  }

  /** Creates it as the user where possible, so that a workspace contains no directory of root. */
  #makeDirectory(): void {
    const make = (): void => void mkdirSync(this.directory, { recursive: true, mode: 0o755 });
    try {
      asUser(this.user, make);
    } catch (error) {
      if (codeOf(error) !== 'EACCES') throw error;
      make();
    }
  }

  /**
   * Creates the ledger of a new build, see `createLocked`. @returns the open and locked file
   * @throws BuildError that names the option.
   */
  async create(build: string): Promise<number> {
    return await createLocked(this.#path(build), this.user).catch((error: unknown) => this.#fail(error));
  }

  /**
   * Returns a function that appends a line to a ledger and returns when it is on disk, or throws a
   * BuildError.
   */
  appender(build: string): (line: string) => void {
    const write = lineWriter(this.#path(build), this.user);
    return (line) => this.#write(() => write(line));
  }

  /**
   * The text of a ledger; undefined if it does not exist or has no complete line.
   * @throws BuildError if another user owns it
   */
  read(build: string): string | undefined {
    const text = readOwn(this.#path(build), this.user);
    return text?.includes('\n') === true ? withOverflow(build, this.uid, text) : undefined;
  }

  /** Milliseconds since the last line was written to the ledger of a build. */
  age(build: string): number {
    const stat = lstatSync(this.#path(build), { throwIfNoEntry: false });
    return stat === undefined ? 0 : Math.max(0, Date.now() - stat.mtimeMs);
  }

  /** Removes the ledger of a build without open claims. @throws the error of unlink(2) */
  remove(build: string): void {
    rmSync(this.#path(build), { force: true });
    removeOverflow(build, this.uid);
  }

  #path(build: string): string {
    return join(this.#folder, `${build}.jsonl`);
  }
}

/** The maximum number of ledgers of a user. */
const most = 1000;
