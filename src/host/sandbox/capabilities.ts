import { syscalls } from '../exec/syscalls.js';

/**
 * Capabilities that root does not have inside an image, with the numbers of linux/capability.h. Each one acts
 * on the kernel of the VM, not on a namespace (capabilities(7)). Installation into a chroot needs none of
 * them. See docs/explanation/security.md.
 */
export const withheld = {
  CAP_SYS_MODULE: 16,
  CAP_SYS_RAWIO: 17,
  CAP_SYS_PACCT: 20,
  CAP_SYS_BOOT: 22,
  CAP_SYS_TIME: 25,
  CAP_AUDIT_CONTROL: 30,
  CAP_MAC_OVERRIDE: 32,
  CAP_MAC_ADMIN: 33,
  CAP_SYSLOG: 34,
  CAP_WAKE_ALARM: 35,
  CAP_BLOCK_SUSPEND: 36,
  CAP_AUDIT_READ: 37,
} as const;

/**
 * Perl code that drops these capabilities permanently, for its process and all child processes: from the
 * bounding set, which limits execve(2), and from the sets of the process itself. If the process kept its own
 * sets, another process in the PID namespace could trace it and use them. The code dies if the kernel
 * refuses. Numbers: PR_CAPBSET_READ (23) and PR_CAPBSET_DROP (24) of linux/prctl.h,
 * _LINUX_CAPABILITY_VERSION_3 of linux/capability.h.
 */
export const withholdCapabilities = (): string => `
  {
    my @numbers = (${Object.values(withheld).join(', ')});
    for my $number (@numbers) {
      next if syscall(${syscalls().prctl}, 23, $number, 0, 0, 0) != 1;
      syscall(${syscalls().prctl}, 24, $number, 0, 0, 0) == 0 or die "cannot drop capability $number: $!\\n";
    }
    my ($header, $sets) = (pack('L l', 0x20080522, 0), "\\0" x 24);
    syscall(${syscalls().capget}, $header, $sets) == 0 or die "capget: $!\\n";
    my @words = unpack('L6', $sets);
    for my $number (@numbers) {
      my $low = $number >= 32 ? 3 : 0;
      $words[$_] &= ~(1 << ($number & 31)) for $low .. $low + 2;
    }
    $sets = pack('L6', @words);
    syscall(${syscalls().capset}, $header, $sets) == 0 or die "capset: $!\\n";
  }`;
