import { exec } from '../exec/exec.js';
import { syscalls } from '../exec/syscalls.js';
import { codeOf } from '../system-error.js';
import type { ImageTree } from './image-fs.js';
import { openInside } from './open-inside.js';

/** umount2(2) with MNT_DETACH on an inherited descriptor, which itself keeps the mount in use. */
const detach = `
  my ($number, $place) = @ARGV;
  syscall($number + 0, $place, 2) == 0 or die "$!\\n";`;

/**
 * Removes an empty directory of an image at which something may be mounted. Of a mount in another mount namespace the
 * kernel lets go by itself (mount_namespaces(7)); one that this process sees is unmounted first.
 */
export async function removeMountPoint(tree: ImageTree, path: string, signal: AbortSignal): Promise<void> {
  try {
    tree.removeIfEmpty(path);
  } catch (error) {
    if (codeOf(error) !== 'EBUSY') throw error;
    {
      using place = openInside(tree, path);
      const argv = ['perl', '-e', detach, '--', String(syscalls().umount2), '/proc/self/fd/3'] as const;
      await exec(argv, { descriptors: [place.descriptor], limit: 'disk', signal });
    }
    tree.removeIfEmpty(path);
  }
}
