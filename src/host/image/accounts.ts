import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';
import { shown } from './limits.js';

/** The largest id: 4294967295 is -1, which chown(2) takes for "leave it as it is". */
const largest = 2 ** 32 - 2;

/** An id as it is written in decimal digits; undefined where it is none. */
const idOf = (text: string): number | undefined =>
  /^\d{1,10}$/.test(text) && Number(text) <= largest ? Number(text) : undefined;

/**
 * Looks names up in the image's own files passwd(5) and group(5); a number is taken as it is.
 * @throws BuildError for a name that the image does not have, or has without a valid number.
 */
function lookUp(tree: ImageTree, file: string, name: string): number {
  if (/^\d+$/.test(name)) {
    const id = idOf(name);
    if (id === undefined) throw new BuildError(`files: ${name} is not a valid id (0 to ${largest})`);
    return id;
  }
  const line = tree
    .read(file)
    ?.toString()
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  if (line === undefined) throw new BuildError(`files: the image has no ${name} in ${file}`);
  const text = line.split(':')[2] ?? '';
  const id = idOf(text);
  if (id === undefined)
    throw new BuildError(`files: ${file} of the image has no valid id for ${name}: "${shown(text)}"`);
  return id;
}

export const userId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/passwd', name);
export const groupId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/group', name);
