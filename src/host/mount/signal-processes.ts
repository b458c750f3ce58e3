import { constants } from 'node:os';
import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';

/** A process, identified by PID and start time (field 22 of /proc/PID/stat). */
interface Target {
  readonly pid: number;
  readonly start: string;
}

/**
 * Perl code that sends a signal by pidfd. Opens the pidfd first and then compares the start time, so another
 * process with a reused PID never receives the signal. Numbers: pidfd_open(2), pidfd_send_signal(2).
 */
const program = (): string => `
  my ($signal, @targets) = @ARGV;
  while (my ($pid, $start) = splice(@targets, 0, 2)) {
    my $number = syscall(${syscalls().pidfdOpen}, $pid + 0, 0);
    next if $number < 0;
    open(my $process, '<&=', $number) or next;
    open(my $stat, '<', "/proc/$pid/stat") or next;
    my $text = do { local $/; <$stat> };
    $text =~ /.*\\) (.*)/s && (split(/ /, $1))[19] eq $start or next;
    syscall(${syscalls().pidfdSendSignal}, $number, $signal + 0, 0, 0);
  }`;

/** Sends a signal to processes. Ignores processes that have ended or that it has no permission to signal. */
export async function signalProcesses(
  targets: readonly Target[],
  name: NodeJS.Signals,
  signal: AbortSignal,
): Promise<void> {
  if (targets.length === 0) return;
  const args = targets.flatMap(({ pid, start }) => [String(pid), start]);
  await exec(['perl', '-e', program(), '--', String(constants.signals[name]), ...args], { signal });
}
