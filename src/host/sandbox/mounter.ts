import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { startHelper } from '../exec/helper.js';
import { perl } from '../exec/perl.js';
import type { Sandbox } from './sandbox.js';

/** The arguments of a call of mount(2). A target or source is `at(descriptor)`, or a path of the VM. */
export type MountCall = readonly [
  source: string,
  target: string,
  type: string,
  flags: number,
  options: string,
];

/** A process in a sandbox that mounts and creates device nodes for this process, which opens the targets. */
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
 * Its working directory is /proc/PID/fd of the process that started it, in the /proc of the VM: an entry
 * leads to what that process has open, in every mount namespace. mount(8) needs a path, which it would
 * resolve again as a path of the VM. Since util-linux 2.39 it also calls move_mount(2) without
 * MOVE_MOUNT_T_SYMLINKS, which does not follow such an entry. AT_FDCWD of mknodat(2) is -100.
 */
const program = `
  $| = 1;
  open(my $opened, '<&=', 3) or fail('descriptors');
  chdir($opened) && close($opened) or fail('descriptors');
  while (my $line = <STDIN>) {
    chomp $line;
    my ($what, @words) = map { pack('H*', $_) } split(/ /, $line, -1);
    my $failed = '';
    while ($what eq 'mount' and my ($source, $target, $type, $flags, $options) = splice @words, 0, 5) {
      syscall($syscall{mount}, $source, $target, $type, $flags + 0, $options) == 0 or $failed = "$!", last;
    }
    while ($what eq 'node' and my ($source, $target) = splice @words, 0, 2) {
      my ($mode, $uid, $gid, $device) = (stat($source))[2, 4 .. 6];
      defined($mode) && syscall($syscall{mknodat}, -100, $target, $mode, $device) == 0
        && chown($uid, $gid, $target) && chmod($mode & 07777, $target) or $failed = "$source: $!", last;
    }
    print "$failed\\n";
  }`;

const hex = (word: string | number): string => Buffer.from(String(word)).toString('hex');

/**
 * Starts a process that mounts in a sandbox until the end of the block. An abort kills it. No program of the
 * image may run before its end, because it has access to all that this process has open.
 */
export function openMounter(sandbox: Sandbox, signal: AbortSignal): Mounter {
  signal.throwIfAborted();
  const descriptors = openSync('/proc/self/fd', 'r');
  try {
    const helper = startHelper(sandbox.inside(perl(program, [])), 'the mount helper (perl)', {
      descriptors: [descriptors],
    });
    const ask = async (parts: readonly (string | number)[], what: string): Promise<string> => {
      signal.throwIfAborted();
      return await helper.ask(parts.map(hex).join(' '), {
        late: `${what} did not end`,
        kind: 'disk',
        signal,
      });
    };
    return {
      call: async (what, calls) => await ask(['mount', ...calls.flat()], what),
      createNodes: async (paths, directory) => {
        const calls = paths.flatMap((path) => [path, `${at(directory)}/${basename(path)}`]);
        return await ask(['node', ...calls], 'mknod(2)');
      },
      [Symbol.asyncDispose]: async () => await helper.end(),
    };
  } finally {
    closeSync(descriptors);
  }
}
