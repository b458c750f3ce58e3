import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import { codeOf } from '../system-error.js';
import type { ImageTree } from './image-fs.js';
import { openInside } from './open-inside.js';

/**
 * umount2(2) on an inherited descriptor. MNT_DETACH (2), because the descriptor itself keeps the mount busy.
 */
const detach = `
  my ($number, $path) = @ARGV;
  syscall($number + 0, $path, 2) == 0 or die "$!\\n";`;

/**
 * Removes an empty directory of an image that may be a mount point. rmdir(2) detaches mounts in other mount
 * namespaces (mount_namespaces(7)). A mount in the namespace of this process causes EBUSY, so it is unmounted
 * first.
 */
export async function removeMountPoint(tree: ImageTree, path: string, signal: AbortSignal): Promise<void> {
  try {
    tree.removeIfEmpty(path);
  } catch (error) {
    if (codeOf(error) !== 'EBUSY') throw error;
    {
      using opened = openInside(tree, path);
      const argv = ['perl', '-e', detach, '--', String(syscalls().umount2), '/proc/self/fd/3'] as const;
      await exec(argv, { descriptors: [opened.descriptor], limit: 'disk', signal });
    }
    tree.removeIfEmpty(path);
  }
}
