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

/** Where a user's ledgers lie: a folder of the user's own, which nobody else can read, in the one for all. */
export class LedgerStore {
  readonly #folder: string;
  /** The folder that the builds of this VM, of all users, lock while they choose a device name. */
  readonly deviceLock: string;

  constructor(
    readonly directory: string,
    private readonly user: User,
  ) {
    this.#folder = join(directory, String(user.uid));
    this.deviceLock = directory;
  }

  /** Those of all users that this one may act for: root for everybody, any other user for itself. */
  static all(directory: string, user: User): LedgerStore[] {
    if (user.uid !== 0 || !existsSync(directory)) return [new LedgerStore(directory, user)];
    const folders = readdirSync(directory, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && /^\d+$/.test(entry.name),
    );
    return folders.map(({ name }) => new LedgerStore(directory, { ...user, uid: Number(name) }));
  }

  /** Whose ledgers these are. */
  get uid(): number {
    return this.user.uid;
  }

  /** The folder of this user's ledgers. */
  get folder(): string {
    return this.#folder;
  }

  /** The builds that have a ledger: the first 1,000 of them, in the order of the folder. */
  builds(): string[] {
    if (!isFolderOf(this.user, this.#folder)) return [];
    return firstNames(this.#folder, most).flatMap((name) => /^(\w+)\.jsonl$/.exec(name)?.[1] ?? []);
  }

  /** What is locked by the process that works on the ledger of another build. */
  lockOf(build: string): string {
    return this.#path(build);
  }

  /** Makes the folders, and removes ledgers that died before their first line was on disk: they have claimed nothing. */
  prepare(): void {
    this.#write(() => {
      this.#makeDirectory();
      if (lstatSync(this.#folder, { throwIfNoEntry: false }) === undefined)
        makeFolder(this.#folder, this.user);
    });
    // In a directory that others may write to it may be anything.
    if (!isFolderOf(this.user, this.#folder))
      throw new BuildError(`state_dir: ${this.#folder} is not a folder of user ${this.user.uid}`, {
        hint: 'Remove it, or give a folder in which nobody else can write.',
      });
    for (const build of this.builds()) {
      const path = this.#path(build);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      // A build that lives may be about to write that line.
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
      throw new BuildError(`state_dir: ${this.directory} cannot be written (${describe(error)})`, {
        hint: 'Give a folder on a disk that has room and is writable.',
      });
    }
  }

  /** As the user wherever the user may: root leaves nothing in a workspace. */
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
  create(build: string): number {
    let file = -1;
    this.#write(() => {
      file = createLocked(this.#path(build), this.user);
    });
    return file;
  }

  /** A writer that adds a line to the ledger of a build and returns when it is on disk. It throws a BuildError. */
  appender(build: string): (line: string) => void {
    const write = lineWriter(this.#path(build), this.user);
    return (line) => this.#write(() => write(line));
  }

  /**
   * The text of a ledger; undefined when there is none, or not a whole line of it.
   * @throws BuildError for one that this user did not make.
   */
  read(build: string): string | undefined {
    const text = readOwn(this.#path(build), this.user);
    return text?.includes('\n') === true ? withOverflow(build, this.uid, text) : undefined;
  }

  /** Milliseconds since something was last written to the ledger of a build. */
  age(build: string): number {
    const stat = lstatSync(this.#path(build), { throwIfNoEntry: false });
    return stat === undefined ? 0 : Math.max(0, Date.now() - stat.mtimeMs);
  }

  /** Removes the ledger of a build that has nothing open. @throws the error of unlink(2) */
  remove(build: string): void {
    rmSync(this.#path(build), { force: true });
    removeOverflow(build, this.uid);
  }

  #path(build: string): string {
    return join(this.#folder, `${build}.jsonl`);
  }
}

/** Ledgers of a user that are looked at. */
const most = 1000;
