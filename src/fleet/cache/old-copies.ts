import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { User } from '../../host/exec/user.js';

/**
 * Removes the copies of caches that killed builds of a user have left. Loads the code only if the user has
 * caches on this VM.
 */
export async function removeOldCopies(directory: string, user: User): Promise<void> {
  if (!existsSync(join(directory, `${user.uid}.cache`))) return;
  const { removeCacheCopies } = await import(/* webpackMode: "eager" */ './clear.js');
  await removeCacheCopies(directory, user);
}
