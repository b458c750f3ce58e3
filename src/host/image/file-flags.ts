import { exec } from '../exec/exec.js';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';

/**
 * FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and the flags that prevent changes: FS_IMMUTABLE_FL (0x10) and
 * FS_APPEND_FL (0x20), from linux/fs.h. A filesystem without such flags ends the program silently.
 */
const program = `
  use Fcntl;
  my ($path, $wanted) = @ARGV;
  sysopen(my $file, $path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) or die "$!\\n";
  my $flags = pack('LL', 0, 0);
  ioctl($file, 0x80086601, $flags) or exit 0;
  my $was = unpack('L', $flags);
  my $new = pack('LL', $was & ~0x30 | $wanted, 0);
  ioctl($file, 0x40086602, $new) or die "$!\\n" if ($was & 0x30) != $wanted;
  print $was & 0x30;`;

/**
 * Sets the immutable and append-only flags of a file or directory of an image, as chattr(1) does with `i` and
 * `a`.
 * @param flags the return value of an earlier call; 0 removes both flags
 * @returns the previous flags; 0 if the path has no flags or is neither a regular file nor a directory.
 */
export async function setProtection(tree: ImageTree, path: string, flags: number): Promise<number> {
  const found = tree.lstat(path);
  if (found?.isFile() !== true && found?.isDirectory() !== true) return 0;
  using location = locate(tree.root, path, 'itself');
  const visiblePath = location.path.replace('/proc/self/', `/proc/${process.pid}/`);
  const { stdout } = await exec(['perl', '-e', program, '--', visiblePath, String(flags)]);
  return Number(stdout);
}
