import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { attempt } from '../host/proc/processes.js';
import { sharedFolder } from './folder.js';

/** Files of one version of node before all are removed. Each version of build-omi adds less than 10. */
const most = 100;

/**
 * Makes the directory in which node keeps the code that it compiled, which `start.ts` uses. Without it starts
 * only take longer.
 */
export function makeCompileCache(directory: string, user: User): void {
  attempt(() => {
    const folder = sharedFolder(directory, user, 'compile-cache');
    if (folder === undefined) return;
    asUser(user, () => {
      for (const name of readdirSync(folder))
        if (readdirSync(join(folder, name)).length > most) rmSync(join(folder, name), { recursive: true });
    });
  });
}
