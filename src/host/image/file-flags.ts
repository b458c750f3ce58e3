import { exec } from '../exec/exec.js';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';

/** FS_IOC_GETFLAGS, FS_IOC_SETFLAGS and the flags that forbid to change a file: 0x10 immutable, 0x20 append (linux/fs.h). */
const program = `
  use Fcntl;
  my ($place, $wanted) = @ARGV;
  sysopen(my $file, $place, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) or die "$!\\n";
  my $flags = pack('LL', 0, 0);
  ioctl($file, 0x80086601, $flags) or exit 0;
  my $was = unpack('L', $flags);
  my $new = pack('LL', $was & ~0x30 | $wanted, 0);
  ioctl($file, 0x40086602, $new) or die "$!\\n" if ($was & 0x30) != $wanted;
  print $was & 0x30;`;

/**
 * Sets what protects a file or folder of an image from being changed, as chattr(1) does with `i` and `a`.
 * @param flags as an earlier call answered them; 0 for no protection
 * @returns those that it had; 0 where there is nothing that can have any.
 */
export async function protect(tree: ImageTree, path: string, flags: number): Promise<number> {
  const found = tree.lstat(path);
  if (found?.isFile() !== true && found?.isDirectory() !== true) return 0;
  using place = locate(tree.root, path, 'itself');
  const seen = place.path.replace('/proc/self/', `/proc/${process.pid}/`);
  const { stdout } = await exec(['perl', '-e', program, '--', seen, String(flags)]);
  return Number(stdout);
}
