import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { attempt } from '../host/proc/processes.js';
import { sharedFolder } from './folder.js';

/**
 * Files before all are removed. Each version of build-omi and of node adds at most 10, the largest of 1.5 MB.
 */
const most = 40;

/**
 * Makes the directory in which `start.ts` keeps the code that V8 compiled. Without it starts only take
 * longer.
 */
export function makeCompileCache(directory: string, user: User): void {
  attempt(() => {
    const folder = sharedFolder(directory, user, 'compile-cache');
    if (folder === undefined) return;
    asUser(user, () => {
      const names = readdirSync(folder);
      if (names.length > most) for (const name of names) rmSync(join(folder, name), { recursive: true });
    });
  });
}
