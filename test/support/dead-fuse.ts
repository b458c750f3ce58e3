import { mkdirSync } from 'node:fs';
import { launch } from './process.js';

/** A FUSE filesystem with one file, `file`, whose server answers until `die` is called. */
export interface DeadFuse extends AsyncDisposable {
  readonly path: string;
  /**
   * The server goes on reading requests and answers none, so that who asks waits where no signal ends the
   * wait.
   */
  die(): Promise<void>;
}

/**
 * The protocol of linux/fuse.h, version 7.31, as far as one folder with one file needs it. Nothing may be
 * cached: all validity times are 0. The server's end closes /dev/fuse, which aborts the connection and with
 * it every wait.
 */
const server = `
  use Fcntl;
  my ($path) = @ARGV;
  $| = 1;
  sysopen(my $fuse, '/dev/fuse', O_RDWR) or die "/dev/fuse: $!\\n";
  my ($source, $type, $options) = ('dead', 'fuse', 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=0,group_id=0,allow_other');
  syscall(${process.arch === 'x64' ? 165 : 40}, $source, $path, $type, 6, $options) == 0 or die "mount: $!\\n";
  my $isDead = 0;
  $SIG{USR1} = sub { $isDead = 1; print "dead\\n" };
  print "ready\\n";
  my $attributes = sub { my ($node) = @_; pack('Q6L10', $node, 0, 0, 0, 0, 0, 0, 0, 0, $node == 1 ? 040755 : 0100644, 1, 0, 0, 0, 4096, 0) };
  while (1) {
    my $size = sysread($fuse, my $request, 1 << 17);
    next if !defined $size && $!{EINTR};
    exit if !$size;
    my (undef, $code, $id, $node) = unpack('LLQQ', $request);
    next if $isDead || $code == 2 || $code == 42 || $code == 36;
    my ($error, $answer) = (0, '');
    if ($code == 26) { $answer = pack('LLLLSSLLSSL8', 7, 31, 4096, 0, 1, 1, 4096, 1, 0, 0, (0) x 8) }
    elsif ($code == 1) { $answer = pack('QQQQLL', 2, 0, 0, 0, 0, 0) . $attributes->(2) }
    elsif ($code == 3) { $answer = pack('QLL', 0, 0, 0) . $attributes->($node) }
    elsif ($code == 14 || $code == 27) { $answer = pack('QLL', 1, 0, 0) }
    else { $error = -38 }
    syswrite($fuse, pack('LlQ', 16 + length $answer, $error, $id) . $answer);
  }`;

/** Mounts one in a new folder, in the mount namespace of that process. */
export async function deadFuse(path: string, job: number): Promise<DeadFuse> {
  mkdirSync(path);
  const argv = ['nsenter', `--target=${job}`, '--mount', '--', 'perl', '-e', server, '--', path];
  const running = launch(argv, { PATH: process.env.PATH }, '/', 600_000);
  await running.waitForLine(/^ready$/);
  return {
    path,
    die: async () => {
      running.child.kill('SIGUSR1');
      await running.waitForLine(/^dead$/);
    },
    [Symbol.asyncDispose]: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
    },
  };
}
