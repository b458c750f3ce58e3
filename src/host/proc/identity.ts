import { readFileSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';

/** A process that cannot be mistaken for another one that got its pid, even after a reboot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process: field 22 of /proc/PID/stat, see proc(5). */
  readonly start: string;
  /** /proc/sys/kernel/random/boot_id, see random(4). */
  readonly boot: string;
}

/** What a process is called, and which one started it (fields 2 and 4 of /proc/PID/stat); 0 if it is gone. */
export function startOf(pid: number): { readonly name: string; readonly parent: number } {
  try {
    const [, name = '', parent] =
      /^\d+ \((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return { name: '', parent: 0 };
  }
}

/** Who the process with this pid is; undefined if there is none, or only what a dead one left. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name (field 2) may hold blanks and parentheses; what follows its last parenthesis begins with field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (start === undefined || state === 'Z' || state === 'X') return undefined;
    return { pid, start, boot: bootId() };
  } catch {
    return undefined;
  }
}

/** The identity of this process. @throws BuildError when /proc does not have it. */
export function identifySelf(): ProcessIdentity {
  const self = identify(process.pid);
  if (self === undefined) throw new BuildError('Cannot read /proc/self/stat. Is /proc mounted?');
  return self;
}

/** Whether this very process still runs. */
export function isAlive(who: ProcessIdentity): boolean {
  const now = identify(who.pid);
  return now !== undefined && now.start === who.start && now.boot === who.boot;
}

/** Whether an owner of a build still is: a process that runs, or a time that has not come, in this boot of the VM. */
export const isOwnerAlive = (
  owner: ProcessIdentity | { readonly until: string; readonly boot: string },
): boolean =>
  'until' in owner ? owner.boot === bootId() && Date.now() < Date.parse(owner.until) : isAlive(owner);

/** What tells this boot of the VM from any other. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
