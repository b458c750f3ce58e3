import { readFileSync, rmdirSync, statfsSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import { syscalls } from '../exec/syscalls.js';
import { currentMounts } from '../proc/mountinfo.js';
import { attempt } from '../proc/processes.js';

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
 * Perl code that removes a cgroup and its children, and prints their paths. Without a path it removes those
 * with the name, wherever they are. rmdir(2) keeps a cgroup with processes (EBUSY). cgroup2 is mounted on
 * /tmp in a private mount namespace: CLONE_NEWNS (0x20000), MS_REC | MS_PRIVATE (0x44000). Without cgroup2 it
 * fails only if there is a path.
 */
const remover = `
  my ($name, $known) = @ARGV;
  my ($none, $all, $type, $at) = ('none', '/', 'cgroup2', '/tmp');
  syscall($syscall{unshare}, 0x20000) == 0 or fail('unshare');
  syscall($syscall{mount}, $none, $all, $none, 0x44000, 0) == 0 or fail('mount');
  if (syscall($syscall{mount}, $type, $at, $type, 14, 0) != 0) { $known ? fail('cannot mount cgroup2') : exit 0 }
  sub removeIn {
    my ($path, $isOwn) = @_;
    opendir(my $folder, $path) or return;
    my @below = grep { !/^\\.\\.?$/ && lstat("$path/$_") && -d _ } readdir($folder);
    closedir($folder);
    removeIn("$path/$_", $isOwn || $_ eq $name) for @below;
    print "$path\\n" and rmdir($path) if $isOwn;
  }
  removeIn("$at$known", $known ne '');`;

/**
 * The cgroup of namespaces, as a path in the hierarchy, by a process in it. Undefined if the process has
 * ended, or the namespaces have no cgroup of their own.
 */
export function ownCgroup(name: string, pid: number): string | undefined {
  const cgroup = nameOfCgroup(name);
  const text = attempt(() => readFileSync(`/proc/${pid}/cgroup`, 'utf8')) ?? '';
  const names = /^0::(\/.*)$/m.exec(text)?.[1]?.split('/') ?? [];
  // A script can move the process into a cgroup below. A path with .. is outside of this cgroup namespace.
  const own = cgroup === undefined || names.includes('..') ? -1 : names.indexOf(cgroup);
  return own < 0 ? undefined : names.slice(0, own + 1).join('/');
}

/** The type of a cgroup2 filesystem in statfs(2): CGROUP2_SUPER_MAGIC of linux/magic.h. */
const cgroup2 = 0x63677270;

/**
 * Removes a cgroup that has no children by a cgroup2 mount of the VM, if it has one.
 * @returns whether it was removed
 */
function removeEmpty(known: string): boolean {
  const mount = currentMounts().find(({ type, root }) => type === 'cgroup2' && root === '/');
  if (mount === undefined) return false;
  const path = `${mount.target}${known}`;
  return (
    attempt(() => {
      // Another filesystem can be mounted on top of it.
      if (statfsSync(path).type !== cgroup2) return false;
      rmdirSync(path);
      return true;
    }) ?? false
  );
}

/**
 * Removes the cgroup of namespaces that have ended, and its children.
 * @param known the path of the cgroup. If it is not known, it may exist anywhere; without a cgroup2 mount
 *   there is none.
 * @returns the cgroups that scripts created, as paths below the cgroup of the build.
 * @throws CommandError if a known one cannot be removed because cgroup2 cannot be mounted.
 */
export async function removeOwnCgroup(
  name: string,
  known: string | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const cgroup = nameOfCgroup(name);
  if (cgroup === undefined) return [];
  if (known !== undefined && removeEmpty(known)) return [];
  const { stdout } = await exec(perl(remover, [cgroup, known ?? '']), { signal });
  const above = `/${cgroup}/`;
  return stdout
    .split('\n')
    .filter((line) => line.includes(above))
    .map((line) => line.slice(line.indexOf(above) + above.length - 1));
}
