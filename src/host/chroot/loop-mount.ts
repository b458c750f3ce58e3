/**
 * Perl code that mounts the ext4 filesystem in the file of descriptor 3, in a mount namespace of its own, and
 * changes to its root. No path of the user or of an image is resolved.
 * - The loop device detaches itself when its last user ends (LO_FLAGS_AUTOCLEAR, 4), so nothing stays if
 *   build-omi is killed. LOOP_CONFIGURE (0x4c0a) sets file and flag in one call; LOOP_CTL_GET_FREE is 0x4c82;
 *   EBUSY (16): another process took the device. struct loop_config: linux/loop.h, Linux 5.8.
 * - A loop device that another program has set read-only stays so when it has another file. BLKROSET (0x125d,
 *   linux/fs.h) makes it writable.
 * - /proc exists on each VM, and the namespace ends with the program. Flags: CLONE_NEWNS 0x20000, MS_REC |
 *   MS_PRIVATE 0x44000, MS_NOSUID | MS_NODEV 6.
 * - discard returns the space of removed files to the VM. See onErrors for errors=remount-ro.
 */
export const mountLoop = `
  my ($top, $proc, $none, $type, $loop) = ('/', '/proc', 'none', 'ext4');
  my $options = 'errors=remount-ro,discard,noinit_itable';
  open(my $control, '+<', '/dev/loop-control') or fail('/dev/loop-control');
  for (1 .. 50) {
    my $number = ioctl($control, 0x4c82, 0) or fail('LOOP_CTL_GET_FREE');
    my $device = '/dev/loop' . ($number + 0);
    open($loop, '+<', $device) or fail($device);
    my $name = 'build-omi-cache';
    my $config = pack('L2Q5L4a64a64a32Q2Q8', 3, 0, (0) x 8, 4, $name, '', '', (0) x 10);
    if (ioctl($loop, 0x4c0a, $config)) {
      my $no = pack('l', 0);
      ioctl($loop, 0x125d, $no) or fail('BLKROSET');
      syscall($syscall{unshare}, 0x20000) == 0 or fail('unshare');
      syscall($syscall{mount}, $none, $top, $none, 0x44000, 0) == 0 or fail('private mounts');
      syscall($syscall{mount}, $device, $proc, $type, 6, $options) == 0 or fail("mount of $device");
      chdir($proc) or fail('chdir');
      last;
    }
    $! == 16 or fail('LOOP_CONFIGURE');
    undef $loop;
  }
  $loop or die "no free loop device\\n";`;
