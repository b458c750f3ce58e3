import * as fs from 'node:fs';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';

/** O_NONBLOCK: opening a FIFO for writing would wait for a reader. */
const toWrite = fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/**
 * Truncates a regular file of an image to 0 bytes, not following a symbolic link at the end. Its owner and
 * mode stay. @returns whether it was a regular file with content
 */
export function emptyFile({ root }: ImageTree, path: string): boolean {
  using location = locate(root, path, 'itself');
  if (location.missing) return false;
  const found = fs.lstatSync(location.path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size === 0) return false;
  const file = fs.openSync(location.path, toWrite);
  try {
    // Checked again after open(2): a device may have replaced the file since lstat(2).
    if (!fs.fstatSync(file).isFile()) return false;
    fs.ftruncateSync(file);
    return true;
  } finally {
    fs.closeSync(file);
  }
}
