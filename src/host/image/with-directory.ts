import * as fs from 'node:fs';

const directory = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_DIRECTORY;

/**
 * Opens a directory, without following a symbolic link, and closes it after `work`, which must be
 * synchronous.
 */
export function withDirectory<T>(path: string, work: (descriptor: number) => T): T {
  const file = fs.openSync(path, directory);
  try {
    return work(file);
  } finally {
    fs.closeSync(file);
  }
}
