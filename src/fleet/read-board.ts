import { lstatSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { attempt } from '../host/proc/processes.js';
import { readOwn } from '../ledger/own-files.js';
import { hashOf, sharedFolder } from './folder.js';

/** An answer to a read of several resources. */
export interface SharedAnswer {
  /** When it was sent, in milliseconds since the boot. */
  readonly asked: number;
  readonly ids: readonly string[];
  readonly items: readonly object[];
}

/** Milliseconds after which a wait that has not read again is that of a killed build. */
const forgotten = 30_000;

/** Resources in one read, at most; a VM holds 40 volumes. */
const most = 100;

/**
 * The waits of the builds of a user, and the last answer of each operation, in a directory. A wait is an
 * empty file `OPERATION.ID.PID`. Every function throws the system error.
 */
export class ReadBoard {
  constructor(
    private readonly folder: string,
    private readonly user: User,
  ) {}

  /** Lists a resource among those that are waited for, for the next 30 s. */
  announce(operation: string, id: string): void {
    asUser(this.user, () => {
      const path = this.#wait(operation, id);
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined)
        writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
      else utimesSync(path, new Date(), new Date());
    });
  }

  withdraw(operation: string, id: string): void {
    asUser(this.user, () => rmSync(this.#wait(operation, id), { force: true }));
  }

  /** The resources that builds wait for; removes the waits of killed builds. */
  waiting(operation: string): string[] {
    return asUser(this.user, () => {
      const ids = readdirSync(this.folder).flatMap((name) => {
        const [, of, id = ''] = /^(\w+)\.([\w-]+)\.\d+$/.exec(name) ?? [];
        if (of !== operation) return [];
        const path = join(this.folder, name);
        const stat = lstatSync(path, { throwIfNoEntry: false });
        if (stat !== undefined && Math.abs(Date.now() - stat.mtimeMs) < forgotten) return id;
        rmSync(path, { force: true });
        return [];
      });
      return [...new Set(ids)].slice(0, most);
    });
  }

  answer(operation: string): SharedAnswer | undefined {
    const text = readOwn(this.#answer(operation), this.user);
    return text === undefined ? undefined : parse(text);
  }

  /** Leaves an answer for the other builds. */
  publish(operation: string, answer: SharedAnswer): void {
    asUser(this.user, () => {
      const path = this.#answer(operation);
      const fresh = `${path}.${process.pid}`;
      writeFileSync(fresh, JSON.stringify(answer), { mode: 0o600 });
      renameSync(fresh, path);
    });
  }

  #wait(operation: string, id: string): string {
    return join(this.folder, `${operation}.${id}.${process.pid}`);
  }

  #answer(operation: string): string {
    return join(this.folder, `answer-${operation}`);
  }
}

/** The board of the builds of a user for an endpoint and an access key; undefined if it cannot be used. */
export const readBoard = (
  directory: string,
  user: User,
  endpoint: string,
  accessKey: string,
): ReadBoard | undefined =>
  attempt(() => {
    const folder = sharedFolder(directory, user, `reads-${hashOf(endpoint, accessKey)}`);
    return folder && new ReadBoard(folder, user);
  }) || undefined;

function parse(text: string): SharedAnswer | undefined {
  const { asked, ids, items }: Partial<Record<keyof SharedAnswer, unknown>> = JSON.parse(text);
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const isText = (value: unknown): value is string => typeof value === 'string';
  if (typeof asked !== 'number' || !Array.isArray(ids) || !Array.isArray(items)) return undefined;
  return ids.every(isText) && items.every(isObject) ? { asked, ids, items } : undefined;
}
