import { lstatSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { appendOwn, readOwn } from './own-files.js';

/** Milliseconds after a deletion before it is looked at: lists may lag. */
const settled = 10_000;

/**
 * The deletions that the API has accepted, for a later look at their results: one file for each user in the
 * state directory, one line for each ID. Without write access nothing is recorded.
 */
export class AcceptedDeletions {
  readonly #path: string;

  constructor(
    directory: string,
    private readonly user: User,
  ) {
    this.#path = join(directory, `deleted-${user.uid}`);
  }

  /** Records a deletion. @param id of a volume or a snapshot @param now milliseconds since 1970 */
  add(id: string, now = Date.now()): void {
    this.#try(() => appendOwn(this.#path, `${id} ${now}\n`));
  }

  /**
   * Removes the recorded deletions that are old enough to be visible in lists.
   * @param now milliseconds since 1970
   * @returns their IDs
   */
  take(now = Date.now()): string[] {
    const taken = this.#try(() => {
      if (lstatSync(this.#path, { throwIfNoEntry: false }) === undefined) return '';
      // Other builds append at the same time: only one process gets a line.
      const own = `${this.#path}-${process.pid}`;
      renameSync(this.#path, own);
      try {
        return readOwn(own, this.user) ?? '';
      } finally {
        rmSync(own, { force: true });
      }
    });
    const lines = [...(taken ?? '').matchAll(/^((?:vol|snap)-[0-9a-f]+) (\d+)$/gm)];
    const isSettled = (at: number): boolean => now - at >= settled;
    for (const [, id = '', at] of lines) if (!isSettled(Number(at))) this.add(id, Number(at));
    return lines.flatMap(([, id = '', at]) => (isSettled(Number(at)) ? [id] : []));
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
