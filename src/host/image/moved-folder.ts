import * as fs from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';

/** How deep directories are searched: a descriptor is open for each level. */
const deepest = 500;
const directory = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/**
 * Where a folder of the image's root filesystem is by now, by its inode number, as the image names it. It is searched
 * from one opened directory to the next, and no link is followed.
 * @throws BuildError where directories are nested too deeply.
 */
export function movedFolder(tree: ImageTree, inode: number): string | undefined {
  const device = tree.stat('/')?.dev;
  const find = (descriptor: number, folder: string, depth: number): string | undefined => {
    const here = `/proc/self/fd/${descriptor}`;
    for (const entry of fs.readdirSync(here, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = `${folder}/${entry.name}`;
      // A name that is no UTF-8 is not found again.
      const stat = fs.lstatSync(`${here}/${entry.name}`, { throwIfNoEntry: false });
      if (stat?.dev !== device || !stat?.isDirectory()) continue;
      if (stat.ino === inode) return path;
      if (depth === deepest)
        throw new BuildError(
          `directories of the image are nested more than ${deepest} deep, from ${path.slice(0, 200)}`,
        );
      const found = search(`${here}/${entry.name}`, path, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const search = (opened: string, path: string, depth: number): string | undefined => {
    const descriptor = fs.openSync(opened, depth === 0 ? directory & ~fs.constants.O_NOFOLLOW : directory);
    try {
      return find(descriptor, path, depth);
    } finally {
      fs.closeSync(descriptor);
    }
  };
  return search(tree.root, '', 0);
}
