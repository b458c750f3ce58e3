import { dirname } from 'node:path';
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
 * Removes an empty directory or file of an image that may be a mount point. rmdir(2) and unlink(2) detach
 * mounts in other mount namespaces (mount_namespaces(7)). A mount in the namespace of this process causes
 * EBUSY, so it is unmounted first.
 */
export async function removeMountPoint(tree: ImageTree, path: string, signal: AbortSignal): Promise<void> {
  const found = tree.lstat(path);
  const remove = (): void => {
    if (found?.isFile()) tree.remove(path);
    else tree.removeIfEmpty(path);
  };
  // What a mount covers is as build-omi created it.
  if (found?.isFile() && found.size > 0 && !isMountPoint(tree, path)) return;
  try {
    remove();
  } catch (error) {
    if (codeOf(error) !== 'EBUSY') throw error;
    await unmount(tree, path, signal);
    remove();
  }
}

function isMountPoint(tree: ImageTree, path: string): boolean {
  using opened = openInside(tree, path);
  using parent = openInside(tree, dirname(path));
  return opened.mountId !== parent.mountId;
}

async function unmount(tree: ImageTree, path: string, signal: AbortSignal): Promise<void> {
  using opened = openInside(tree, path);
  const argv = ['perl', '-e', detach, '--', String(syscalls().umount2), '/proc/self/fd/3'] as const;
  await exec(argv, { descriptors: [opened.descriptor], limit: 'disk', signal });
}
