import { readFileSync, readlinkSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';

/** Identifies a process uniquely, also after its pid was reused or the VM was rebooted. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process: field 22 of /proc/PID/stat, see proc(5). */
  readonly start: string;
  /** /proc/sys/kernel/random/boot_id, see random(4). */
  readonly boot: string;
  /** The PID namespace in which the pid was read (pid_namespaces(7)); absent in ledgers of older versions. */
  readonly ns?: string | undefined;
}

/** The name and the parent of a process (fields 2 and 4 of /proc/PID/stat); parent 0 if it has ended. */
export function startOf(pid: number): { readonly name: string; readonly parent: number } {
  try {
    const [, name = '', parent] =
      /^\d+ \((.*)\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return { name: '', parent: 0 };
  }
}

/** The identity of the process with this pid; undefined if there is none, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name (field 2) may contain blanks and parentheses. Field 3 follows the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (start === undefined || state === 'Z' || state === 'X') return undefined;
    return { pid, start, boot: bootId(), ns: pidNamespace() };
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

/** The PID namespace of this process. */
const pidNamespace = (): string => readlinkSync('/proc/self/ns/pid');

/** Whether the pid of a process means that process here, and not another one in another PID namespace. */
export const isVisible = ({ ns }: ProcessIdentity): boolean => ns === undefined || ns === pidNamespace();

/** Whether this very process still runs, as far as it can be seen from this PID namespace. */
export function isAlive(who: ProcessIdentity): boolean {
  if (!isVisible(who)) return false;
  const now = identify(who.pid);
  return now !== undefined && now.start === who.start && now.boot === who.boot;
}

/** Whether the owner of a build is alive: a running process, or a lease of this boot that has not expired. */
export const isOwnerAlive = (
  owner: ProcessIdentity | { readonly until: string; readonly boot: string },
): boolean =>
  'until' in owner ? owner.boot === bootId() && Date.now() < Date.parse(owner.until) : isAlive(owner);

/** The ID of this boot of the VM, see random(4). */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
