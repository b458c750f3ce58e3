import type { MountNamespace } from '../disk/mount-namespaces.js';
import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import type { Mount } from '../proc/mountinfo.js';

/**
 * Perl code that unmounts in the mount namespace of another process. It starts no program there, because the
 * owner of the namespace controls the files that a program and its loader would read.
 * - The namespace must have the expected inode number and belong to the user namespace of this process
 *   (NS_GET_USERNS, 0xb701).
 * - Unmounts a path only if it resolves to the mount with the expected ID. Does not follow a symbolic link at
 *   its end (O_PATH | O_NOFOLLOW, UMOUNT_NOFOLLOW = 8), and never unmounts lazily.
 * - Opens /proc/self/fdinfo before it enters the namespace, because the owner controls /proc there. Numbers:
 *   setns(2) with CLONE_NEWNS, umount2(2).
 */
const program = (): string => `
  use Fcntl;
  my ($pid, $id, @mounts) = @ARGV;
  open(my $space, '<', "/proc/$pid/ns/mnt") or exit 0;
  'mnt:[' . (stat($space))[1] . ']' eq $id or exit 0;
  my $number = ioctl($space, 0xb701, 0) or exit 0;
  open(my $user, '<&=', $number) or exit 0;
  my (@owner, @own) = stat($user);
  @own = stat('/proc/self/ns/user');
  "@owner[0, 1]" eq "@own[0, 1]" or exit 0;
  opendir(my $info, '/proc/self/fdinfo') or die "/proc/self/fdinfo: $!\\n";
  syscall(${syscalls().setns}, fileno($space), 0x20000) == 0 or die "setns: $!\\n";
  while (my ($mount, $path) = splice(@mounts, 0, 2)) {
    sysopen(my $opened, $path, 010000000 | O_NOFOLLOW) or next;
    chdir($info) or die "fdinfo: $!\\n";
    open(my $facts, '<', fileno($opened)) or die "fdinfo: $!\\n";
    my $is = grep { /^mnt_id:\\s*$mount$/ } <$facts>;
    close($facts);
    close($opened);
    syscall(${syscalls().umount2}, $path, 8) if $is;
  }`;

/**
 * Unmounts the mounts in the given order. Ignores mounts that are in use: the caller reads the mounts again.
 */
export async function unmountInside(
  { id, pids: [pid] }: MountNamespace,
  mounts: readonly Mount[],
  signal: AbortSignal,
): Promise<void> {
  if (pid === undefined) return;
  const args = mounts.flatMap(({ id: mount, target }) => [mount, target]);
  await exec(['perl', '-e', program(), '--', String(pid), id, ...args], { limit: 'disk', signal });
}
