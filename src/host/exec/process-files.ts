import { nameOf } from '../proc/processes.js';
import { exec } from './exec.js';
import { perl } from './perl.js';

/** Selects files by numbers of the kernel. Device numbers are MAJOR:MINOR in decimal. */
export interface FileQuery {
  /** Device numbers of filesystems, as statx(2) reports them. */
  readonly devices: Iterable<string>;
  /** Device numbers of filesystems as /proc/PID/mountinfo reports them: /proc/PID/maps has the same. */
  readonly mapped: Iterable<string>;
  /** IDs of mounts. They are unique on the VM across mount namespaces. */
  readonly mounts: Iterable<string>;
  /** Device numbers of block devices, to find open device nodes. */
  readonly nodes: Iterable<string>;
  /** IDs of mounts of remote filesystems. Files there are not accessed. */
  readonly remote: Iterable<string>;
}

/** A process that uses a selected file. */
export interface UsingProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, read before the files: see identity.ts. */
  readonly start: string;
  /** The first 15 characters of the name of its program (proc(5), comm). */
  readonly name: string;
  /** How it uses the files: `root`, `cwd`, `exe`, `open file 3`, `mapped file`. */
  readonly ways: readonly string[];
}

/** The filesystem of a path. */
export interface PathFilesystem {
  readonly device: string;
  /** ID of the mount; empty before Linux 5.8. */
  readonly mount: string;
}

export interface FilesFound {
  readonly processes: readonly UsingProcess[];
  /** Processes whose files do not answer, such as those on a dead NFS server. */
  readonly unanswered: readonly number[];
}

/** Seconds to wait for an item that does not answer: for the first, and for each later one. */
const usual = { first: 3, more: 0.3 };

/**
 * Finds the files that processes use, and the filesystems of paths. It runs in a child process because access
 * to a file blocks when the server of its filesystem does not answer, often in state D (proc(5)), which
 * ignores signals. The parent kills a worker that makes no progress and forks a new one for the remaining
 * items. The mount ID of an open file comes from fdinfo, which does not access the file. If that is not
 * sufficient, and for root, cwd and exe, which have no fdinfo, the program calls statx(2) with
 * AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT (0x4800) for STATX_TYPE | STATX_MNT_ID (0x1001), which the kernel
 * answers without the server. Offsets: struct statx, linux/stat.h.
 */
export const findFiles = `
  my ($first, $more) = @ARGV;
  my (%is, @items);
  { local $/ = "\\0";
    while (my $line = <STDIN>) {
      chomp $line;
      my ($kind, $value) = split(/ /, $line, 2);
      if ($kind eq 'look') { push @items, $value } else { $is{$kind}{$value} = 1 }
    } }
  if ($is{scan}) { opendir(my $all, '/proc') or fail('/proc'); push @items, sort { $a <=> $b } grep { /^\\d+$/ && $_ != $$ } readdir $all }
  my $out;
  sub say_to { syswrite($out, "$_[0]\\n") }
  sub seen {
    my ($path, $stat) = ($_[0], "\\0" x 256);
    syscall($syscall{statx}, -100, $path, 0x4800, 0x1001, $stat) == 0 or return;
    my ($mask, $mode) = (unpack('L', $stat), unpack('S', substr($stat, 28)));
    my @numbers = unpack('L4', substr($stat, 128));
    return ("$numbers[2]:$numbers[3]", $mask & 0x1000 ? unpack('Q', substr($stat, 144)) : '', ($mode & 0170000) == 0060000 ? "$numbers[0]:$numbers[1]" : '');
  }
  sub uses {
    my ($device, $mount, $node) = seen($_[0]) or return 0;
    return $is{device}{$device} || $is{mount}{$mount} || $is{node}{$node};
  }
  sub text { open(my $file, '<', $_[0]) or return ''; local $/; return <$file> // '' }
  sub look {
    my ($pid) = @_;
    my $at = "/proc/$pid";
    text("$at/stat") =~ /.*\\) (.*)/s or return;
    my $start = (split(/ /, $1))[19];
    my @ways = grep { uses("$at/$_") } qw(root cwd exe);
    if (opendir(my $files, "$at/fd")) {
      my $done = 0;
      for my $file (sort { $a <=> $b } grep { /^\\d+$/ } readdir $files) {
        say_to('on') if ++$done % 256 == 0;
        my $mount = text("$at/fdinfo/$file") =~ /^mnt_id:\\s*(\\d+)/m ? $1 : '';
        push @ways, "open file $file" if $is{mount}{$mount} || !$is{remote}{$mount} && uses("$at/fd/$file");
      }
    }
    if ($is{map} && open(my $maps, '<', "$at/maps")) {
      while (<$maps>) { next unless $is{map}{(split(/ /))[3]}; push @ways, 'mapped file'; last }
    }
    say_to("found $pid $start " . join(', ', @ways)) if @ways;
  }
  while (@items) {
    pipe(my $in, $out) or fail('pipe');
    my $worker = fork() // fail('fork');
    if (!$worker) {
      close($in);
      open(STDIN, '<', '/dev/null'); open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null');
      for my $item (@items) {
        say_to('item');
        if ($item =~ /^\\d+$/) { look($item) }
        else { my ($device, $mount) = seen($item); say_to("path $device $mount $item") if $device }
      }
      say_to('end');
      exit 0;
    }
    close($out);
    my $text = '';
    while (1) {
      vec(my $ready = '', fileno($in), 1) = 1;
      last if select($ready, undef, undef, $first) <= 0 || !sysread($in, $text, 65536, length $text);
    }
    print $text =~ /^((?:found|path) .*\\n)/mg;
    last if $text =~ /^end$/m;
    kill('KILL', $worker);
    my $reached = () = $text =~ /^item$/mg;
    my ($stuck) = (splice(@items, 0, $reached || 1))[-1];
    print "unanswered $stuck\\n" if $stuck =~ /^\\d+$/;
    $first = $more;
  }`;

async function ask(
  requests: readonly string[],
  timeout: typeof usual,
  signal: AbortSignal,
): Promise<string[][]> {
  const argv = perl(findFiles, [String(timeout.first), String(timeout.more)]);
  const { stdout } = await exec(argv, { input: requests.map((request) => `${request}\0`).join(''), signal });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
}

/** A device number in hexadecimal with at least two digits, as in /proc/PID/maps. */
const hex = (number: string): string =>
  number
    .split(':')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join(':');

/**
 * Finds the processes that use selected files as root, working directory, program, open file or mapped file.
 * @param timeout seconds, see `usual`
 */
export async function processesUsing(
  { devices, mapped, mounts, nodes, remote }: FileQuery,
  signal: AbortSignal,
  timeout = usual,
): Promise<FilesFound> {
  const requests = (kind: string, values: Iterable<string>): string[] =>
    [...values].map((value) => `${kind} ${value}`);
  const answers = await ask(
    [
      'scan 1',
      ...requests('device', devices),
      ...requests('map', [...mapped].map(hex)),
      ...requests('mount', mounts),
      ...requests('node', nodes),
      ...requests('remote', remote),
    ],
    timeout,
    signal,
  );
  return {
    processes: answers.flatMap(([kind, pid, start = '', ...ways]) =>
      kind === 'found'
        ? [{ pid: Number(pid), start, name: nameOf(Number(pid)), ways: ways.join(' ').split(', ') }]
        : [],
    ),
    unanswered: answers.flatMap(([kind, pid]) => (kind === 'unanswered' ? [Number(pid)] : [])),
  };
}

/**
 * Finds the filesystems of absolute paths. Paths that do not exist, do not answer or contain a line break are
 * omitted.
 */
export async function filesystemsOf(
  paths: readonly string[],
  signal: AbortSignal,
  timeout = usual,
): Promise<ReadonlyMap<string, PathFilesystem>> {
  const requests = paths
    .filter((path) => path.startsWith('/') && !path.includes('\n'))
    .map((path) => `look ${path}`);
  if (requests.length === 0) return new Map();
  const answers = await ask(requests, timeout, signal);
  return new Map(
    answers.flatMap(([kind, device = '', mount = '', ...path]) =>
      kind === 'path' ? [[path.join(' '), { device, mount }] as const] : [],
    ),
  );
}
