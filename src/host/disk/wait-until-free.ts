import { setTimeout as sleep } from 'node:timers/promises';
import { detachKernelUsers } from './detach-users.js';
import { usersOf } from './users.js';

/** How long a disk may stay in use, in milliseconds: what somebody holds does not get free by waiting; writing back does. */
const usual = { held: 10_000, busy: 120_000 };
/** The same for what was left by another build, which has had its time. */
const short = { held: 5000, busy: 10_000 };

/** Milliseconds after which a disk is not only slow to get free. */
const soon = 200;

/** A disk that did not get free. */
export interface StillInUse {
  readonly why: string;
  /** Who holds it, a line each, as far as it can be seen. */
  readonly holders: readonly string[];
}

/** How a disk is waited for. */
interface Manner {
  /** Told what the kernel kept of it and was made to let go of, a sentence each. */
  readonly log: (line: string) => void;
  /** Whether somebody else's work waits for it. */
  readonly shortTimeouts?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Waits until there is no reason left why a disk cannot be let go of, and ends what no process is needed for.
 * @param reason looks at the disk; undefined when it is free.
 * @returns undefined when it is, else why not.
 */
export async function waitUntilFree(
  disk: string,
  reason: () => string | undefined,
  { log, shortTimeouts = false, signal }: Manner,
): Promise<StillInUse | undefined> {
  const timeout = shortTimeouts ? short : usual;
  const start = performance.now();
  let [released, looked] = [false, false];
  for (let why = reason(); why !== undefined; why = reason()) {
    const waited = performance.now() - start;
    if (!released && waited > soon) {
      released = true;
      for (const line of await detachKernelUsers(disk, false, signal)) log(line);
    } else if ((!looked && waited > timeout.held) || waited > timeout.busy) {
      looked = true;
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
