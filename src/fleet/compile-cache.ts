import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { attempt } from '../host/proc/processes.js';
import { sharedFolder } from './folder.js';

/** Files of one version of node before all are removed. Each version of build-omi adds less than 10. */
const most = 100;

/**
 * Makes the directories in which node keeps the code that it compiled, which `start.ts` uses: one for the
 * user and one for root, since a build of another user starts as that user. Without them starts only take
 * longer.
 */
export function makeCompileCaches(directory: string, user: User): void {
  for (const owner of user.uid === 0 ? [user] : [user, { ...user, uid: 0, gid: 0 }])
    attempt(() => {
      const folder = sharedFolder(directory, owner, 'compile-cache');
      if (folder === undefined) return;
      asUser(owner, () => {
        for (const name of readdirSync(folder))
          if (readdirSync(join(folder, name)).length > most) rmSync(join(folder, name), { recursive: true });
      });
    });
}
