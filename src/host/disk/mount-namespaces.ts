import { readlinkSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { type Mount, mountsIn, pids } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';

/** A mount in the mount namespace of a process. */
export interface SeenMount extends Mount {
  readonly pid: number;
}

/** A mount namespace of a visible process. */
export interface MountNamespace {
  /** `mnt:[4026531840]`, see namespaces(7). */
  readonly id: string;
  readonly pids: readonly number[];
  readonly isOwn: boolean;
  readonly mounts: readonly SeenMount[];
}

const idOf = (pid: number | 'self'): string | undefined => attempt(() => readlinkSync(`/proc/${pid}/ns/mnt`));

/**
 * The mount namespaces of all processes visible to this one. It reads only mountinfo and links of /proc,
 * which access no file of those processes.
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

/**
 * mountinfo omits mounts outside the root directory of its process, so this reads it once for each root. A
 * process whose root is a detached mount, such as the holder of a build, has an empty mountinfo.
 */
function seenByAny(members: readonly number[]): SeenMount[] {
  const roots = new Map<string | undefined, SeenMount[]>();
  for (const pid of members) {
    const root = attempt(() => readlinkSync(`/proc/${pid}/root`));
    if (!roots.get(root)?.length) roots.set(root, seenBy(pid));
  }
  const views = [...roots.values()].toSorted((one, other) => other.length - one.length);
  const byId = new Map<string, SeenMount>();
  // The longest list has the paths from the root of the namespace.
  for (const mount of views.flat()) if (!byId.has(mount.id)) byId.set(mount.id, mount);
  return [...byId.values()];
}

/**
 * Prints the mount namespaces that the user namespace of this process owns: NS_GET_USERNS (0xb701),
 * ioctl_ns(2).
 */
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
 * The mount namespaces that the user namespace of this process owns. Any user can create a user namespace and
 * controls the mounts in it, so build-omi never unmounts or starts anything in other ones.
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
