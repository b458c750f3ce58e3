import { readlinkSync } from 'node:fs';
import { identify, type ProcessIdentity } from './identity.js';
import { pids } from './mountinfo.js';
import { attempt, nameOf } from './processes.js';

/** A process that runs in the PID namespace of a build. */
export interface NamespaceProcess extends ProcessIdentity {
  /** The first 15 characters of the name of its program (proc(5), comm). */
  readonly name: string;
}

/** The processes in the PID namespace of a holder, without the holder and without zombies. */
export function processesInNamespace(holder: ProcessIdentity): NamespaceProcess[] {
  const home = pidNamespace(holder.pid);
  if (home === undefined) return [];
  return pids()
    .filter((pid) => pid !== holder.pid && pidNamespace(pid) === home)
    .flatMap((pid) => {
      const identity = identify(pid);
      return identity === undefined ? [] : [{ ...identity, name: nameOf(pid) }];
    });
}

const pidNamespace = (pid: number): string | undefined => attempt(() => readlinkSync(`/proc/${pid}/ns/pid`));
