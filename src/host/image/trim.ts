import { readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import { perl } from '../exec/perl.js';
import type { Opened } from './open-inside.js';

/** Whether a disk supports discard (sysfs-block, queue/discard_max_bytes: 0 if it does not). */
export function canDiscard(disk: string): boolean {
  try {
    return Number(readFileSync(`/sys/block/${disk}/queue/discard_max_bytes`, 'utf8')) > 0;
  } catch {
    return false;
  }
}

/**
 * FITRIM (linux/fs.h) on a whole filesystem, after syncfs(2): blocks of removed files become free only when
 * the journal is committed. fstrim(8) is not used: it resolves its path first, so with /proc/PID/root it
 * would trim the root filesystem of the VM.
 */
const fitrim = `
  use Fcntl;
  sysopen(my $directory, $ARGV[0], O_RDONLY | O_DIRECTORY) or fail('open');
  syscall($syscall{syncfs}, fileno($directory)) == 0 or fail('syncfs');
  my $range = pack('QQQ', 0, 0xffffffffffffffff, 0);
  ioctl($directory, 0xc0185879, $range) or fail('FITRIM');
  print((unpack('QQQ', $range))[1]);`;

const at = '/proc/self/fd/3/.';

/**
 * Discards the unused blocks of a mounted filesystem.
 * @param opened an open directory of the filesystem
 * @returns the discarded bytes, as reported by the filesystem.
 * @throws CommandError if the filesystem does not support it.
 */
export async function trimFilesystem({ descriptor }: Opened, signal: AbortSignal): Promise<number> {
  const { stdout } = await exec(perl(fitrim, [at]), { limit: 'disk', descriptors: [descriptor], signal });
  return Number(stdout);
}
