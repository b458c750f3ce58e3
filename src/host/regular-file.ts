import { readFileSync, statSync } from 'node:fs';
import { BuildError } from '../common/errors.js';

/**
 * Reads a file that an option names. A FIFO or a terminal would be waited for, and nothing could cancel that.
 * @throws BuildError for what is no regular file, and whatever reading a file throws.
 */
export function readRegular(path: string): Buffer {
  const stat = statSync(path);
  if (!stat.isFile()) throw new BuildError(stat.isDirectory() ? 'it is a folder' : 'it is no regular file');
  return readFileSync(path);
}
