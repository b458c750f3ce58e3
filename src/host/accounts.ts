import { BuildError } from '../errors.js';
import type { ImageTree } from './image-tree.js';

/** Looks names up in the image's own files passwd(5) and group(5); a number is taken as it is. */
function lookUp(tree: ImageTree, file: string, name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const line = tree
    .read(file)
    ?.toString()
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const number = line?.split(':')[2];
  if (number === undefined) throw new BuildError(`files: the image has no ${name} in ${file}`);
  return Number(number);
}

export const userId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/passwd', name);
export const groupId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/group', name);
