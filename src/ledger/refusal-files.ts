import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { appendOwn } from './own-files.js';

/** Milliseconds after which refusals no longer count: the longest lockout of a key (Outscale user guide). */
const forgotten = 10 * 60_000;

/**
 * Counts refused signatures for all builds of a user on this VM: one file for each key in the user's
 * directory, one byte for each refusal, so that several processes can append at the same time. If it cannot
 * be written, nothing is counted.
 */
export class RefusalFiles {
  readonly #folder: string;

  constructor(
    directory: string,
    private readonly user: User,
  ) {
    this.#folder = join(directory, String(user.uid));
  }

  /** @param key the hash of an access key */
  read(key: string): number | undefined {
    return this.#try(() => {
      const stat = lstatSync(this.#path(key), { throwIfNoEntry: false });
      // Without the directory of the user, no count is shared.
      if (stat === undefined) return lstatSync(this.#folder).isDirectory() ? 0 : undefined;
      return stat.isFile() && Date.now() - stat.mtimeMs < forgotten ? stat.size : 0;
    });
  }

  add(key: string): void {
    if (this.read(key) === 0) this.clear(key);
    this.#try(() => appendOwn(this.#path(key), '.'));
  }

  clear(key: string): void {
    this.#try(() => {
      const path = this.#path(key);
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) rmSync(path, { force: true });
    });
  }

  #path(key: string): string {
    return join(this.#folder, `refused-${key}`);
  }

  /** Runs with the rights of the user, so that a link of the user's cannot make root change another file. */
  #try<T>(work: () => T): T | undefined {
    try {
      return asUser(this.user, work);
    } catch {
      return undefined;
    }
  }
}
