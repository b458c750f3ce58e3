import { readFileSync, readlinkSync } from 'node:fs';
import { identify, type ProcessIdentity } from './identity.js';
import { pids } from './mountinfo.js';

/** A process inside namespaces. */
export interface NamespaceProcess extends ProcessIdentity {
  /** The kernel's name for it: the first 15 characters of its program's name, see proc(5), comm. */
  readonly name: string;
}

/** The processes that run in the PID namespace of a holder, without the holder and without what dead ones left. */
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

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // It ended, or is one that not even root may look at.
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return '?';
  }
}
