import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { bootId } from '../host/proc/identity.js';
import { attempt } from '../host/proc/processes.js';
import { readOwn } from '../ledger/own-files.js';
import { sharedFolder } from './folder.js';

const file = 'kvm-problem';

/**
 * Why KVM did not work in an earlier boot test on this VM since it has booted. Each test that tries it again
 * waits in vain.
 * @param directory the state directory
 * @returns undefined if no test had a problem
 */
export function kvmProblem(directory: string, user: User): string | undefined {
  const [boot = '', problem] =
    attempt(() => {
      const folder = sharedFolder(directory, user, 'boot-tests');
      return folder === undefined ? undefined : readOwn(join(folder, file), user)?.split('\n');
    }) ?? [];
  return boot === bootId() ? problem : undefined;
}

/** Records why KVM does not work. Without the record later tests only take longer. */
export function recordKvmProblem(directory: string, user: User, problem: string): void {
  attempt(() => {
    const folder = sharedFolder(directory, user, 'boot-tests');
    if (folder === undefined) return;
    asUser(user, () => writeFileSync(join(folder, file), `${bootId()}\n${problem}\n`, { mode: 0o600 }));
  });
}
