import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';

/** Maximum bytes of the original name in a temporary name: NAME_MAX is 255 (linux/limits.h). */
const maxBytes = 200;

/** A random hidden name in the directory of a path, for a temporary or renamed file. */
export function nameBeside(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, maxBytes).toString();
  const directory = dirname(path);
  return `${directory === '/' ? '' : directory}/.${name}.${randomBytes(6).toString('hex')}`;
}
