import { existsSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../errors.js';
import { identify, isAlive, type ProcessIdentity, startOf } from './identity.js';
import { isAtOrBelow, ownMounts } from './mounts.js';
import { deviceNumbers } from './partitions.js';
import { processesUsing, type UsingProcess } from './processes.js';

/** Milliseconds: how long a process may take to end when it is asked to. */
const asked = 3000;

/**
 * The processes that use what is mounted at a path or below it: those that came there by the path, and those that use
 * the filesystems of the disk in another way.
 */
function occupantsOf(path: string, disk: string): UsingProcess[] {
  const numbers = existsSync(`/sys/block/${disk}`) ? deviceNumbers(disk) : new Map<string, string>();
  const filesystems = new Set(
    ownMounts()
      .filter(({ target }) => isAtOrBelow(target, path))
      // A mount of btrfs has a device number of its own: there only its source tells.
      .filter(({ device, source }) =>
        [...numbers].some(([name, number]) => number === device || source === `/dev/${name}`),
      )
      .map(({ target }) => statSync(target).dev),
  );
  return processesUsing(
    (link) => isAtOrBelow(readlinkSync(link), path) || filesystems.has(statSync(link).dev),
    (text) => text.includes(` ${path}/`),
  );
}

/** This process, and those that it came from. */
function lineage(): Set<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); ) {
    line.add(pid);
    pid = startOf(pid).parent;
  }
  return line;
}

/**
 * Ends every process that uses what is mounted at a path or below it: asked first, then killed.
 * @param patience milliseconds for all of them: one in the middle of a write ends when that is done.
 * @returns those that were ended, a line each.
 * @throws BuildError when one of them is where this process came from, such as the shell of the user, or does not end.
 */
export async function endOccupants(
  path: string,
  disk: string,
  patience: number,
  signal: AbortSignal,
): Promise<string[]> {
  const own = lineage();
  const ended = new Map<number, string>();
  const start = performance.now();
  for (let found = occupantsOf(path, disk); found.length > 0; found = occupantsOf(path, disk)) {
    const self = found.find(({ pid }) => own.has(pid));
    if (self !== undefined) {
      throw new BuildError(`${self.name} (${self.pid}), from which this was started, works in ${path}`, {
        hint: 'Leave it first, for example by: cd /',
      });
    }
    const waited = performance.now() - start;
    if (waited > patience) {
      throw new BuildError(`processes that use ${path} do not end`, { output: found.map(lineOf) });
    }
    for (const one of found) {
      if (ended.has(one.pid) && waited < asked) continue;
      ended.set(one.pid, lineOf(one));
      end(one, waited < asked ? 'SIGTERM' : 'SIGKILL');
    }
    await sleep(20, undefined, { signal });
  }
  return [...ended.values()];
}

const lineOf = ({ name, pid, ways }: UsingProcess): string => `${name} (${pid}): ${ways.join(', ')}`;

function end({ pid }: UsingProcess, by: NodeJS.Signals): void {
  const who: ProcessIdentity | undefined = identify(pid);
  if (who === undefined || !isAlive(who)) return;
  try {
    process.kill(pid, by);
  } catch {
    // It ended between the look and the signal.
  }
}
