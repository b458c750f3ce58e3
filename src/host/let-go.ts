import { setTimeout as sleep } from 'node:timers/promises';
import { holdersOf } from './holders.js';

/** How long a disk may stay in use, in milliseconds: what somebody holds does not get free by waiting; writing back does. */
const patience = { held: 10_000, busy: 120_000 };

/** A disk that did not get free. */
export interface Stuck {
  readonly why: string;
  /** Who holds it, a line each, as far as it can be seen. */
  readonly holders: readonly string[];
}

/**
 * Waits until there is no reason left why a disk cannot be let go of.
 * @param reason looks at the disk; undefined when it is free.
 * @returns undefined when it is, else why not.
 */
export async function letGo(
  disk: string,
  reason: () => string | undefined,
  signal: AbortSignal,
): Promise<Stuck | undefined> {
  const start = performance.now();
  let looked = false;
  for (let why = reason(); why !== undefined; why = reason()) {
    const waited = performance.now() - start;
    if ((!looked && waited > patience.held) || waited > patience.busy) {
      looked = true;
      const holders = holdersOf(disk);
      if (holders.length > 0 || waited > patience.busy) return { why, holders };
    }
    await sleep(waited < 200 ? 5 : 50, undefined, { signal });
  }
  return undefined;
}
