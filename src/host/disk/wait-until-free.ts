import { setTimeout as sleep } from 'node:timers/promises';
import { detachKernelUsers } from './detach-users.js';
import { usersOf } from './users.js';

/** How long a disk may stay in use, in milliseconds: waiting does not end a use by a process, but it ends writeback. */
const usual = { held: 10_000, busy: 120_000 };
/** The same for a disk of another build that has ended. */
const short = { held: 5000, busy: 10_000 };

/** Milliseconds after which a disk is not only slow to get free. */
const soon = 200;

/** A disk that did not get free. */
export interface StillInUse {
  readonly why: string;
  /** The visible users of the disk, one line each. */
  readonly holders: readonly string[];
}

/** How a disk is waited for. */
interface Manner {
  /** Receives one sentence for each use by the kernel that was ended. */
  readonly log: (line: string) => void;
  /** Whether another build waits for the disk. */
  readonly shortTimeouts?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Waits until a disk is free, and ends its uses by the kernel.
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
