import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BuildError, describe } from '../errors.js';
import { codeOf } from './error-code.js';
import { asUser, type User } from './user.js';

/** Where a user's ledgers lie: a folder of the user's own, which nobody else can read, in the one for all. */
export class StateFiles {
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
  static all(directory: string, user: User): StateFiles[] {
    if (user.uid !== 0 || !existsSync(directory)) return [new StateFiles(directory, user)];
    const uids = readdirSync(directory).filter((name) => /^\d+$/.test(name));
    return uids.map((uid) => new StateFiles(directory, { ...user, uid: Number(uid) }));
  }

  /** The builds that have a ledger. */
  builds(): string[] {
    if (!existsSync(this.#folder)) return [];
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
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      chmodSync(this.#folder, 0o700);
      chownSync(this.#folder, this.user.uid, this.user.gid);
    });
    for (const build of this.builds()) {
      const path = this.#path(build);
      const stat = statSync(path, { throwIfNoEntry: false });
      // A build that lives may be about to write that line.
      const isOld = stat !== undefined && Date.now() - stat.mtimeMs > 60_000;
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
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.uid !== this.user.uid)
      throw new BuildError(`${path} is ignored: it belongs to user ${stat.uid}, not to ${this.user.uid}`);
    const text = readFileSync(path, 'utf8');
    return text.includes('\n') ? text : undefined;
  }

  /** Milliseconds since something was last written to the ledger of a build. */
  age(build: string): number {
    const stat = statSync(this.#path(build), { throwIfNoEntry: false });
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

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
