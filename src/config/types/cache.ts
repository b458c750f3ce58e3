import { posix } from 'node:path';
import { refuse } from '../kit/issues.js';
import type { Type } from '../kit/type.js';
import { absolutePath } from './path.js';

/** Directories that are not on the disk of an image while its scripts run. */
const notOnDisk = /^\/(dev|proc|run|sys)(\/|$)/;

/** A directory of the image to cache, as a normalized path. */
export const cacheDirectory: Type<string> = {
  ...absolutePath,
  async read(value, notice) {
    const written = await absolutePath.read(value, notice);
    const path = posix
      .normalize(written)
      .replace(/^\/+/, '/')
      .replace(/(.)\/$/, '$1');
    if (path === '/') refuse('is the root of the image', 'write a directory in it', written);
    if (notOnDisk.test(path)) refuse('is not on the disk of the image', 'remove it', written);
    return path;
  },
};
