import { syscalls } from '../exec/syscalls.js';

/**
 * What root inside an image does without, by the numbers of linux/capability.h. Each of them acts on the kernel of the
 * VM, which no namespace divides (capabilities(7)), and no installation into a chroot needs it. docs/explanation/security.md says why.
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
 * Perl that takes these capabilities from its process and from all that it starts, for good: from the bounding set, which
 * no execve(2) exceeds, and from the process's own sets. Without the latter a process that shares its PID namespace could
 * trace it and use them. It dies when the kernel refuses. Numbers: PR_CAPBSET_READ (23) and PR_CAPBSET_DROP (24) of
 * linux/prctl.h, _LINUX_CAPABILITY_VERSION_3 of linux/capability.h.
 */
export const withholdCapabilities = (): string => `
  {
    my @numbers = (${Object.values(withheld).join(', ')});
    for my $number (@numbers) {
      next if syscall(${syscalls().prctl}, 23, $number, 0, 0, 0) != 1;
      syscall(${syscalls().prctl}, 24, $number, 0, 0, 0) == 0 or die "capability $number cannot be dropped: $!\\n";
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
