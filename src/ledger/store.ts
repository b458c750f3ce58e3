import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BuildError, describe } from '../common/errors.js';
import { asUser, type User } from '../host/exec/user.js';
import { codeOf } from '../host/system-error.js';

/** Where a user's ledgers lie: a folder of the user's own, which nobody else can read, in the one for all. */
export class LedgerStore {
  readonly #folder: string;
  /** The file that the builds of this VM, whoever's they are, lock while they choose a device name. */
  readonly deviceLock: string;

  constructor(
    readonly directory: string,
    private readonly user: User,
  ) {
    this.#folder = join(directory, String(user.uid));
    this.deviceLock = join(directory, 'devices');
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

  /** The builds that have a ledger. */
  builds(): string[] {
    if (!isFolderOf(this.user, this.#folder)) return [];
    return readdirSync(this.#folder).flatMap((name) => /^(\w+)\.jsonl$/.exec(name)?.[1] ?? []);
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

  /** A writer that adds a line to the ledger of a build and returns when it is on disk, with the folder's entry for it. */
  appender(build: string): (line: string) => void {
    const path = this.#path(build);
    // After a write that failed half-way the next line must not become part of it.
    let torn = false;
    const write = (line: string): void => {
      const isNew = !existsSync(path);
      const file = openSync(path, 'a', 0o600);
      try {
        if (isNew) chownSync(path, this.user.uid, this.user.gid);
        const text = torn ? `\n${line}\n` : `${line}\n`;
        torn = true;
        writeFileSync(file, text);
        fsyncSync(file);
        torn = false;
      } finally {
        closeSync(file);
      }
      if (isNew) syncFolder(dirname(path));
    };
    return (line) => this.#write(() => write(line));
  }

  /**
   * The text of a ledger; undefined when there is none, or not a whole line of it.
   * @throws BuildError for one that this user did not make.
   */
  read(build: string): string | undefined {
    const path = this.#path(build);
    if (existsSync(this.#folder) && !isFolderOf(this.user, this.#folder))
      throw new BuildError(`${this.#folder} is ignored: it is not a folder of user ${this.user.uid}`);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false)
      throw new BuildError(`${path} is ignored: it is no regular file`);
    const file = openOwn(path);
    if (file === undefined) return undefined;
    try {
      const { uid } = fstatSync(file);
      if (uid !== this.user.uid)
        throw new BuildError(`${path} is ignored: it belongs to user ${uid}, not to ${this.user.uid}`);
      const text = readFileSync(file, 'utf8');
      return text.includes('\n') ? text : undefined;
    } finally {
      closeSync(file);
    }
  }

  /** Milliseconds since something was last written to the ledger of a build. */
  age(build: string): number {
    const stat = lstatSync(this.#path(build), { throwIfNoEntry: false });
    return stat === undefined ? 0 : Math.max(0, Date.now() - stat.mtimeMs);
  }

  /** Forgets a build that has nothing open. */
  remove(build: string): void {
    rmSync(this.#path(build), { force: true });
  }

  #path(build: string): string {
    return join(this.#folder, `${build}.jsonl`);
  }
}

function isFolderOf({ uid }: User, path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === uid;
}

/** By its descriptor: whoever may write beside it could put a link in its place. */
function makeFolder(path: string, { uid, gid }: User): void {
  mkdirSync(path, { mode: 0o700 });
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(folder, 0o700);
    fchownSync(folder, uid, gid);
  } finally {
    closeSync(folder);
  }
}

/** Follows no link and waits for nothing, as the open of a FIFO does. @returns undefined where there is none. */
function openOwn(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
