import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../common/sha256.js';
import { asUser, type User } from '../host/exec/user.js';
import { codeOf } from '../host/system-error.js';
import { makeFolder } from '../ledger/folders.js';
import { isFolderOf } from '../ledger/own-files.js';

/**
 * The directory in which the builds of a user share what they know of an API: `UID.shared` in the state
 * directory, mode 0700, with one directory a name.
 * @returns undefined without a state directory: then there are no other builds
 * @throws the system error if it cannot be created; Error if it belongs to another user
 */
export function sharedFolder(directory: string, user: User, name: string): string | undefined {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return undefined;
  const folder = join(directory, `${user.uid}.shared`);
  const own = join(folder, name);
  ensure(folder, user);
  asUser(user, () => ensure(own, user));
  return own;
}

/** Names what belongs to an endpoint and an access key without revealing the key. */
export const hashOf = (endpoint: string, accessKey: string): string =>
  sha256(`${endpoint} ${accessKey}`).slice(0, 32);

function ensure(folder: string, user: User): void {
  try {
    if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) makeFolder(folder, user);
  } catch (error) {
    // Another build was quicker.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (!isFolderOf(user, folder)) throw new Error(`${folder} is not a directory of user ${user.uid}`);
}
