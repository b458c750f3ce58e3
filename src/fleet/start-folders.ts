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
 * Makes the directories in which `start.ts` keeps the code that V8 compiled, and takes turns. Without them
 * starts only take longer.
 */
export function makeStartFolders(directory: string, user: User): void {
  attempt(() => {
    sharedFolder(directory, user, 'start-turns');
    const folder = sharedFolder(directory, user, 'compile-cache');
    if (folder === undefined) return;
    asUser(user, () => {
      const names = readdirSync(folder);
      if (names.length > most) for (const name of names) rmSync(join(folder, name), { recursive: true });
    });
  });
}
