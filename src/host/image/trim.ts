import { readFileSync } from 'node:fs';
import { exec } from '../exec/exec.js';
import type { Opened } from './open-inside.js';

/** Whether a disk takes back blocks that are not in use (sysfs-block, queue/discard_max_bytes: 0 if it does not). */
export function canDiscard(disk: string): boolean {
  try {
    return Number(readFileSync(`/sys/block/${disk}/queue/discard_max_bytes`, 'utf8')) > 0;
  } catch {
    return false;
  }
}

/**
 * FITRIM (linux/fs.h) on the whole of a filesystem. Not fstrim(8): it resolves its path first, and so would trim the
 * VM's own root where it is told /proc/PID/root.
 */
const fitrim = `
  use Fcntl;
  sysopen(my $folder, $ARGV[0], O_RDONLY | O_DIRECTORY) or die "$!\\n";
  my $range = pack('QQQ', 0, 0xffffffffffffffff, 0);
  ioctl($folder, 0xc0185879, $range) or die "$!\\n";
  print((unpack('QQQ', $range))[1]);`;

const at = '/proc/self/fd/3/.';

/**
 * Gives back what a mounted filesystem does not use.
 * @param folder an opened folder of it
 * @returns how many bytes were given back, as the filesystem counts them.
 * @throws CommandError where it cannot.
 */
export async function trimFilesystem({ descriptor }: Opened, signal: AbortSignal): Promise<number> {
  const options = { limit: 'disk', descriptors: [descriptor], signal } as const;
  // What was removed is free only when the journal has it.
  await exec(['sync', '--file-system', at], options);
  const { stdout } = await exec(['perl', '-e', fitrim, '--', at], options);
  return Number(stdout);
}
