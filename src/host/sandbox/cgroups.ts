import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';

/** What namespaces of a build are called; others get no cgroup of their own. */
const ofBuild = /^build-omi-[0-9a-f]{12} of user \d+$/;

/** The cgroup of namespaces with that name, below the one of the process that opened them. */
const nameOfCgroup = (name: string): string | undefined =>
  ofBuild.test(name) ? name.replaceAll(' ', '-') : undefined;

/**
 * Perl that moves its process into a new cgroup of version 2 and makes that the root of a cgroup namespace: what is mounted
 * there as cgroup2 has nothing above it, so that every cgroup that a script makes lies below, and is provably its own
 * (cgroup_namespaces(7)). Programs that enter the namespaces stay in the caller's cgroup, with its limits. The place for the
 * mount, /proc, must be in a mount namespace of the process's own. Where cgroup2 cannot be mounted or written to, nothing is
 * done. Numbers: MNT_DETACH (2) of umount2(2), CLONE_NEWCGROUP (0x2000000) of linux/sched.h; a 0 in cgroup.procs is the
 * writer itself (Documentation/admin-guide/cgroup-v2.rst).
 */
export function enterOwnCgroup(name: string): string {
  const cgroup = nameOfCgroup(name);
  if (cgroup === undefined) return '';
  const { mount, umount2, unshare } = syscalls();
  return `
  {
    open(my $own, '<', '/proc/self/cgroup') or last;
    my ($parent) = map { m{^0::(/.*)$} ? $1 : () } <$own>;
    last if !defined $parent || $parent =~ m{^/\\.\\.};
    my ($type, $at) = ('cgroup2', '/proc');
    syscall(${mount}, $type, $at, $type, 14, 0) == 0 or last;
    my $new = "$at$parent/${cgroup}";
    if (mkdir($new)) {
      my $procs;
      my $moved = open($procs, '>', "$new/cgroup.procs") && syswrite($procs, '0');
      close($procs) if $procs;
      syscall(${unshare}, 0x2000000) if $moved;
    }
    syscall(${umount2}, $at, 2) == 0 or die "cgroup2 cannot be unmounted: $!\\n";
  }`;
}

/** Removes the directories of a name and those below; a cgroup with a process in it stays, as rmdir(2) answers EBUSY. */
const remove =
  'mount -t cgroup2 none /tmp 2> /dev/null || exit 0; find /tmp -depth -type d \\( -name "$0" -o -path "*/$0/*" \\) -print -delete; true';

/**
 * Removes the cgroup of namespaces that have ended, with what scripts made below it.
 * @returns the cgroups that scripts made, as they named them.
 */
export async function removeOwnCgroup(name: string, signal: AbortSignal): Promise<string[]> {
  const cgroup = nameOfCgroup(name);
  if (cgroup === undefined) return [];
  const { stdout } = await exec(['unshare', '--mount', 'sh', '-c', remove, cgroup], { signal });
  const above = `/${cgroup}/`;
  return stdout
    .split('\n')
    .filter((line) => line.includes(above))
    .map((line) => line.slice(line.indexOf(above) + above.length - 1));
}
