import { lstatSync, readdirSync, type Stats } from 'node:fs';
import type { ImageTree } from './image-tree.js';

/**
 * Where a folder of the image's root filesystem is by now, by its inode number, as the image names it. Nothing may run
 * in the image: it is walked by path, and no link is followed.
 */
export function movedFolder(tree: ImageTree, inode: number): string | undefined {
  const device = tree.stat('/')?.dev;
  const find = (folder: string): string | undefined => {
    for (const entry of readdirSync(`${tree.root}${folder}/`, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = `${folder}/${entry.name}`;
      // A name that is no UTF-8 is not found again.
      const stat: Stats | undefined = lstatSync(`${tree.root}${path}`, { throwIfNoEntry: false });
      if (stat?.dev !== device) continue;
      const found = stat?.ino === inode ? path : find(path);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find('');
}
