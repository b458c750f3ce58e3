import { isatty } from 'node:tty';

/** The process that the user started, and its terminal. */
export interface Caller {
  readonly pid: number;
  /** Whether its stdin is a terminal. */
  readonly hasInputTerminal: boolean;
  /** Whether its stdin and stdout are a terminal. */
  readonly isInteractive: boolean;
}

/** This process as the caller. */
export const callerSelf = (): Caller => ({
  pid: process.pid,
  hasInputTerminal: isatty(0),
  isInteractive: isatty(0) && isatty(1),
});

/**
 * Perl code that runs a command with the stdin of another process, at its position. The privileged child has
 * another stdin than its parent, which carries the request. If it cannot be opened, as a socket, stdin stays
 * empty. A program of its own opens it, because a hung filesystem can block it. O_NONBLOCK: a pipe without
 * writers would block (fifo(7)); O_NOCTTY: the terminal stays that of the caller.
 */
export const withStdinOf = `
  use Fcntl;
  my ($caller, @command) = @ARGV;
  if (sysopen(my $opened, "/proc/$caller/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY)) {
    fcntl($opened, F_SETFL, fcntl($opened, F_GETFL, 0) & ~O_NONBLOCK);
    my ($position) = do { open(my $info, '<', "/proc/$caller/fdinfo/0"); map { /^pos:\\s+(\\d+)/ ? $1 : () } <$info> };
    sysseek($opened, $position, 0) if -f $opened && $position;
    open(STDIN, '<&', $opened) or die "stdin: $!\\n";
  }
  exec { $command[0] } @command;
  die "$command[0]: $!\\n";`;
