import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  opendirSync,
  openSync,
} from 'node:fs';
import type { User } from '../host/exec/user.js';

/** The first names in a directory, in readdir(3) order. */
export function firstNames(folder: string, most: number): string[] {
  const names: string[] = [];
  const opened = opendirSync(folder);
  try {
    for (let entry = opened.readSync(); entry !== null && names.length < most; entry = opened.readSync())
      names.push(entry.name);
  } finally {
    opened.closeSync();
  }
  return names;
}

/**
 * Creates a directory of a user. Uses its descriptor: a user who can write its parent could replace it by a
 * link.
 */
export function makeFolder(path: string, { uid, gid }: User): void {
  mkdirSync(path, { mode: 0o700 });
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(folder, 0o700);
    fchownSync(folder, uid, gid);
  } finally {
    closeSync(folder);
  }
}

/** Writes the entries of a directory to disk: fsync(2). */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
