import { setTimeout as sleep } from 'node:timers/promises';
import { detachKernelUsers } from './detach-users.js';
import { usersOf } from './users.js';

/**
 * Milliseconds: the wait ends after `held` if the disk has visible users, and after `busy` in any case.
 * Without visible users, writeback may still be running.
 */
const usual = { held: 10_000, busy: 120_000 };
/** The same for a disk of another build that has ended. */
const short = { held: 5000, busy: 10_000 };

/** Milliseconds after which the disk is considered in use, and not only slow to become free. */
const soon = 200;

/** A disk that is still in use after the wait. */
export interface StillInUse {
  readonly why: string;
  /** The visible users of the disk, one line each. */
  readonly holders: readonly string[];
}

/** Options of the wait. */
interface WaitOptions {
  /** Receives one sentence for each use by the kernel that was ended. */
  readonly log: (line: string) => void;
  /** Whether another build waits for the disk. */
  readonly shortTimeouts?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Waits until a disk is free, and ends its uses by the kernel.
 * @param reason why the disk is in use; undefined if it is free.
 * @returns undefined if the disk is free, else its users.
 */
export async function waitUntilFree(
  disk: string,
  reason: () => string | undefined,
  { log, shortTimeouts = false, signal }: WaitOptions,
): Promise<StillInUse | undefined> {
  const timeout = shortTimeouts ? short : usual;
  const start = performance.now();
  let [released, listedUsers] = [false, false];
  for (let why = reason(); why !== undefined; why = reason()) {
    const waited = performance.now() - start;
    if (!released && waited > soon) {
      released = true;
      for (const line of await detachKernelUsers(disk, false, signal)) log(line);
    } else if ((!listedUsers && waited > timeout.held) || waited > timeout.busy) {
      listedUsers = true;
      for (const line of await detachKernelUsers(disk, true, signal)) log(line);
      const holders = await usersOf(disk, signal);
      why = reason();
      if (why === undefined) return undefined;
      if (holders.length > 0 || waited > timeout.busy) return { why, holders };
    }
    await sleep(waited < soon ? 5 : 50, undefined, { signal });
  }
  return undefined;
}
