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

/** The names in a folder, the first ones in the order of the folder. */
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

/** By its descriptor: whoever may write beside it could put a link in its place. */
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

/** Puts the entries of a folder on disk. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
