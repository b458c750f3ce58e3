import { readFileSync } from 'node:fs';
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
 * processes (EBUSY). The second argument is the exit code if cgroup2 cannot be mounted.
 */
const remove =
  'mount -t cgroup2 none /tmp || exit "$1"; find /tmp -depth -type d \\( -name "$0" -o -path "*/$0/*" \\) -print -delete; true';

/** Whether a process is in the cgroup of the namespaces with that name; false once it has ended. */
export function isInOwnCgroup(name: string, pid: number): boolean {
  const cgroup = nameOfCgroup(name);
  try {
    return cgroup !== undefined && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${cgroup}\n`);
  } catch {
    return false;
  }
}

/**
 * Removes the cgroup of namespaces that have ended, and its children.
 * @param exists whether the cgroup is known to exist: without a cgroup2 mount there is none.
 * @returns the cgroups that scripts created, as paths below the cgroup of the build.
 * @throws CommandError if one that exists cannot be removed because cgroup2 cannot be mounted.
 */
export async function removeOwnCgroup(name: string, exists: boolean, signal: AbortSignal): Promise<string[]> {
  const cgroup = nameOfCgroup(name);
  if (cgroup === undefined) return [];
  const script = ['sh', '-c', remove, cgroup, exists ? '1' : '0'] as const;
  const { stdout } = await exec(['unshare', '--mount', ...script], { signal });
  const above = `/${cgroup}/`;
  return stdout
    .split('\n')
    .filter((line) => line.includes(above))
    .map((line) => line.slice(line.indexOf(above) + above.length - 1));
}
