import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from '../exec/exec.js';
import { type Helper, startHelper } from '../exec/helper.js';
import { perl } from '../exec/perl.js';

/** The arguments of a call of mount(2). A target or source is `at(descriptor)`, or a path of the VM. */
export type MountCall = readonly [
  source: string,
  target: string,
  type: string,
  flags: number,
  options: string,
];

/** A process that mounts and creates device nodes in a sandbox for this process, which opens the targets. */
export interface Mounter extends AsyncDisposable {
  /**
   * Calls mount(2) for each call until one fails.
   * @param what what is done, for the message of a timeout: `mount(2) of proc`
   * @returns the error of the last call; empty if all calls succeeded.
   */
  call(what: string, calls: readonly MountCall[]): Promise<string>;
  /**
   * Creates nodes of devices of the VM, with their owner and mode, in an open directory until one fails.
   * @param paths of nodes in the sandbox
   * @returns the error of the last node; empty if all were created.
   */
  createNodes(paths: readonly string[], directory: number): Promise<string>;
}

/** The target or source of a call that is an open file or directory of this process. */
export const at = (descriptor: number): string => String(descriptor);

/**
 * Perl code of a mounter, which begins its program: `mounted` handles a line. The working directory becomes
 * /proc/PID/fd of the process that started it, in the /proc of the VM: an entry leads to what that process
 * has open, in every mount namespace. mount(8) needs a path, which it would resolve again as a path of the
 * VM. Since util-linux 2.39 it also calls move_mount(2) without MOVE_MOUNT_T_SYMLINKS, which does not follow
 * such an entry. AT_FDCWD of mknodat(2) is -100.
 */
export const mounting = `
  $| = 1;
  open(my $opened, '<&=', 3) or fail('descriptors');
  chdir($opened) && close($opened) or fail('descriptors');
  sub mounted {
    my ($what, $line) = @_;
    my @words = map { pack('H*', $_) } split(/ /, $line, -1);
    while ($what eq 'mount' and my ($source, $target, $type, $flags, $options) = splice @words, 0, 5) {
      syscall($syscall{mount}, $source, $target, $type, $flags + 0, $options) == 0 or return "$!";
    }
    while ($what eq 'node' and my ($source, $target) = splice @words, 0, 2) {
      my ($mode, $uid, $gid, $device) = (stat($source))[2, 4 .. 6];
      defined($mode) && syscall($syscall{mknodat}, -100, $target, $mode, $device) == 0
        && chown($uid, $gid, $target) && chmod($mode & 07777, $target) or return "$source: $!";
    }
    return '';
  }`;

const program = `${mounting}
  while (my $line = <STDIN>) {
    chomp $line;
    print mounted(split(/ /, $line, 2)), "\n";
  }`;

const hex = (word: string | number): string => Buffer.from(String(word)).toString('hex');

/**
 * Starts a process that runs `mounting`. @throws BuildError if it has no pipes
 * @param name what ended, in the error for a process that ended early
 */
export function startMounting(
  argv: Command,
  name: string,
  options: { readonly env?: NodeJS.ProcessEnv } = {},
): Helper {
  const opened = openSync('/proc/self/fd', 'r');
  try {
    return startHelper(argv, name, { descriptors: [opened], ...options });
  } finally {
    closeSync(opened);
  }
}

/** A mounter whose lines a helper handles. @param end what the end of the block does */
export function mounterOf(helper: Helper, signal: AbortSignal, end: () => Promise<void>): Mounter {
  const ask = async (kind: string, parts: readonly (string | number)[], what: string): Promise<string> => {
    signal.throwIfAborted();
    return await helper.ask([kind, ...parts.map(hex)].join(' '), {
      late: `${what} did not end`,
      kind: 'disk',
      signal,
    });
  };
  return {
    call: async (what, calls) => await ask('mount', calls.flat(), what),
    createNodes: async (paths, directory) => {
      const calls = paths.flatMap((path) => [path, `${at(directory)}/${basename(path)}`]);
      return await ask('node', calls, 'mknod(2)');
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Starts a process that mounts on the VM itself until the end of the block. An abort kills it. */
export function startMounter(signal: AbortSignal): Mounter {
  signal.throwIfAborted();
  const helper = startMounting(perl(program, []), 'the mount helper (perl)');
  return mounterOf(helper, signal, async () => await helper.end());
}
