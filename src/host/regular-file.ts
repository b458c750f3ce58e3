import { readFileSync, statSync } from 'node:fs';
import { BuildError } from '../common/errors.js';

/**
 * Reads a file that an option names. Reading a FIFO or a terminal would block, and no signal could cancel it.
 * @throws BuildError when it is not a regular file, and the errors of readFileSync.
 */
export function readRegular(path: string): Buffer {
  const stat = statSync(path);
  if (!stat.isFile())
    throw new BuildError(stat.isDirectory() ? 'it is a directory' : 'it is not a regular file');
  return readFileSync(path);
}
