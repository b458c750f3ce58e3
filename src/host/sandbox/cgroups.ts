import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';

/** Name of the namespaces of a build. Other namespaces get no cgroup of their own. */
const ofBuild = /^build-omi-[0-9a-f]{12} of user \d+$/;

/** Name of the cgroup for namespaces. Its parent is the cgroup of the process that opened them. */
const nameOfCgroup = (name: string): string | undefined =>
  ofBuild.test(name) ? name.replaceAll(' ', '-') : undefined;

/**
 * Perl code that moves its process into a new cgroup (version 2) and makes it the root of a cgroup namespace
 * (cgroup_namespaces(7)). A script that mounts cgroup2 sees only this cgroup, so every cgroup that it creates
 * is below and belongs to the build. Programs that enter the namespaces stay in the cgroup of the caller,
 * with its limits. The code mounts cgroup2 on /proc temporarily, so it must run in its own mount namespace.
 * It does nothing if cgroup2 cannot be mounted or written. Numbers: MNT_DETACH (2) of umount2(2),
 * CLONE_NEWCGROUP (0x2000000) of linux/sched.h. A 0 in cgroup.procs means the writing process
 * (Documentation/admin-guide/cgroup-v2.rst).
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
    syscall(${umount2}, $at, 2) == 0 or die "cannot unmount cgroup2: $!\\n";
  }`;
}

/**
 * Shell script that removes the cgroups with a name, and their children. rmdir(2) keeps a cgroup with
 * processes (EBUSY).
 */
const remove =
  'mount -t cgroup2 none /tmp 2> /dev/null || exit 0; find /tmp -depth -type d \\( -name "$0" -o -path "*/$0/*" \\) -print -delete; true';

/**
 * Removes the cgroup of namespaces that have ended, and its children.
 * @returns the cgroups that scripts created, as paths below the cgroup of the build.
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
