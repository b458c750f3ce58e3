import { setTimeout as sleep } from 'node:timers/promises';
import { release } from './detach-users.js';
import { holdersOf } from './users.js';

/** How long a disk may stay in use, in milliseconds: what somebody holds does not get free by waiting; writing back does. */
const usual = { held: 10_000, busy: 120_000 };
/** The same for what was left by another build, which has had its time. */
const short = { held: 5000, busy: 10_000 };

/** Milliseconds after which a disk is not only slow to get free. */
const soon = 200;

/** A disk that did not get free. */
export interface Stuck {
  readonly why: string;
  /** Who holds it, a line each, as far as it can be seen. */
  readonly holders: readonly string[];
}

/** How a disk is waited for. */
interface Manner {
  /** Told what the kernel kept of it and was made to let go of, a sentence each. */
  readonly tell: (line: string) => void;
  /** Whether somebody else's work waits for it. */
  readonly hurried?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * Waits until there is no reason left why a disk cannot be let go of, and ends what no process is needed for.
 * @param reason looks at the disk; undefined when it is free.
 * @returns undefined when it is, else why not.
 */
export async function letGo(
  disk: string,
  reason: () => string | undefined,
  { tell, hurried = false, signal }: Manner,
): Promise<Stuck | undefined> {
  const patience = hurried ? short : usual;
  const start = performance.now();
  let [released, looked] = [false, false];
  for (let why = reason(); why !== undefined; why = reason()) {
    const waited = performance.now() - start;
    if (!released && waited > soon) {
      released = true;
      for (const line of await release(disk, false, signal)) tell(line);
    } else if ((!looked && waited > patience.held) || waited > patience.busy) {
      looked = true;
      for (const line of await release(disk, true, signal)) tell(line);
      const holders = await holdersOf(disk, signal);
      why = reason();
      if (why === undefined) return undefined;
      if (holders.length > 0 || waited > patience.busy) return { why, holders };
    }
    await sleep(waited < soon ? 5 : 50, undefined, { signal });
  }
  return undefined;
}
