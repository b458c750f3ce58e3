import { chownSync, closeSync, existsSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { User } from '../host/exec/user.js';
import { syncFolder } from './folders.js';

/**
 * A writer that adds a line to a file of a user, and returns when it is on disk, with the folder's entry for it.
 * @throws the error of the system call that failed
 */
export function lineWriter(path: string, { uid, gid }: User): (line: string) => void {
  // After a write that failed half-way the next line must not become part of it.
  let torn = false;
  return (line) => {
    const isNew = !existsSync(path);
    const file = openSync(path, 'a', 0o600);
    try {
      if (isNew) chownSync(path, uid, gid);
      const text = torn ? `\n${line}\n` : `${line}\n`;
      torn = true;
      writeFileSync(file, text);
      fsyncSync(file);
      torn = false;
    } finally {
      closeSync(file);
    }
    if (isNew) syncFolder(dirname(path));
  };
}
