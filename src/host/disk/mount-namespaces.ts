import { readlinkSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { type Mount, mountsIn, pids } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';

/** A mount that a process sees. */
export interface SeenMount extends Mount {
  readonly pid: number;
}

/** A mount namespace in which a visible process runs. */
export interface MountNamespace {
  /** `mnt:[4026531840]`, see namespaces(7). */
  readonly id: string;
  readonly pids: readonly number[];
  readonly isOwn: boolean;
  readonly mounts: readonly SeenMount[];
}

const idOf = (pid: number | 'self'): string | undefined => attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`));

/**
 * The mount namespaces of all processes that this one can see. No file of theirs is touched: mountinfo and the links of
 * /proc are answered by the kernel alone.
 */
export function mountNamespaces(): MountNamespace[] {
  const own = idOf('self');
  const all = new Map<string, number[]>();
  for (const pid of pids()) {
    const id = idOf(pid);
    if (id !== undefined) all.set(id, [...(all.get(id) ?? []), pid]);
  }
  return [...all].map(([id, members]) => {
    const isOwn = id === own;
    return { id, pids: members, isOwn, mounts: isOwn ? seenBy(process.pid) : seenByAny(members) };
  });
}

const seenBy = (pid: number): SeenMount[] => mountsIn(pid).map((mount) => ({ ...mount, pid }));

/** mountinfo leaves out what is not below the root of its process: so one process of each root is asked. */
function seenByAny(members: readonly number[]): SeenMount[] {
  const roots = new Map(members.map((pid) => [attempt(() => readlinkSync(`/proc/${pid}/root`)), pid]));
  const views = [...roots.values()].map(seenBy).toSorted((one, other) => other.length - one.length);
  const byId = new Map<string, SeenMount>();
  // The longest view has the paths from the root of the namespace.
  for (const mount of views.flat()) if (!byId.has(mount.id)) byId.set(mount.id, mount);
  return [...byId.values()];
}

/** Compares the user namespace that owns a mount namespace with this one's: NS_GET_USERNS, ioctl_ns(2). */
export const ownedNamespaces = `
  my @own = stat('/proc/self/ns/user');
  for my $pid (@ARGV) {
    open(my $space, '<', "/proc/$pid/ns/mnt") or next;
    my $number = ioctl($space, 0xb701, 0) or next;
    open(my $user, '<&=', $number) or next;
    my @owner = stat($user);
    print 'mnt:[', (stat($space))[1], "]\\n" if "@own[0, 1]" eq "@owner[0, 1]";
  }`;

/**
 * The mount namespaces among these that belong to the user namespace of this process. Any user can make another one, and
 * decides what is in it: nothing is ever unmounted or started there.
 */
export async function ownedHere(
  namespaces: readonly MountNamespace[],
  signal: AbortSignal,
): Promise<MountNamespace[]> {
  const asked = namespaces.flatMap(({ pids: [pid] }) => (pid === undefined ? [] : [String(pid)]));
  if (asked.length === 0) return [];
  const { stdout } = await exec(perl(ownedNamespaces, asked), { signal });
  const ours = new Set(stdout.split('\n'));
  return namespaces.filter(({ id }) => ours.has(id));
}
