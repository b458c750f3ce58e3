import type { MountNamespace } from '../disk/mount-namespaces.js';
import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import type { Mount } from '../proc/mountinfo.js';

/**
 * Unmounts in the mount namespace of another process, without starting a program there: what a program, or its loader,
 * would read there belongs to whoever made the namespace. The namespace must be the one that was looked at (by its inode
 * number) and belong to the user namespace of this process (NS_GET_USERNS, 0xb701). A path is unmounted only if it leads
 * to the mount with that ID, no link at its end is followed (O_PATH | O_NOFOLLOW, UMOUNT_NOFOLLOW = 8), and never lazily.
 * /proc/self/fdinfo is opened before: the /proc of the namespace may be anything.
 * Numbers: setns(2) with CLONE_NEWNS, umount2(2).
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
    sysopen(my $place, $path, 010000000 | O_NOFOLLOW) or next;
    chdir($info) or die "fdinfo: $!\\n";
    open(my $facts, '<', fileno($place)) or die "fdinfo: $!\\n";
    my $is = grep { /^mnt_id:\\s*$mount$/ } <$facts>;
    close($facts);
    close($place);
    syscall(${syscalls().umount2}, $path, 8) if $is;
  }`;

/** Unmounts these in that order. What is in use stays: the next look at the mounts decides. */
export async function unmountInside(
  { id, pids: [pid] }: MountNamespace,
  mounts: readonly Mount[],
  signal: AbortSignal,
): Promise<void> {
  if (pid === undefined) return;
  const words = mounts.flatMap(({ id: mount, target }) => [mount, target]);
  await exec(['perl', '-e', program(), '--', String(pid), id, ...words], { limit: 'disk', signal });
}
