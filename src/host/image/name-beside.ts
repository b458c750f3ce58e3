import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';

/** Bytes of the original name that a temporary name keeps: NAME_MAX is 255 (linux/limits.h). */
const kept = 200;

/** A new hidden name in the directory of a path, for a file that is written there or moved aside. */
export function nameBeside(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, kept).toString();
  const folder = dirname(path);
  return `${folder === '/' ? '' : folder}/.${name}.${randomBytes(6).toString('hex')}`;
}
