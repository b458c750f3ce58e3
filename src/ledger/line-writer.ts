import { chownSync, closeSync, existsSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { User } from '../host/exec/user.js';
import { syncFolder } from './folders.js';

/**
 * Returns a function that appends a line to a file of a user. It returns when the line and the directory
 * entry are on disk.
 * @throws the error of the system call that failed
 */
export function lineWriter(path: string, { uid, gid }: User): (line: string) => void {
  // After an incomplete write, the next line must not become part of the incomplete one.
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
