import { readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { asUser, type User } from '../host/exec/user.js';
import { codeOf } from '../host/system-error.js';
import type { PaceLog } from '../outscale/client/pace.js';

/** Records that stay, so that a process which has read an old number does not append it again. */
const kept = 64;

/**
 * The log of a pace in a directory. A record is a symbolic link: symlink(2) creates name and content at once,
 * and only if the name is free. No process follows the links.
 */
export function paceLogIn(folder: string, user: User): PaceLog {
  const numbers = (): number[] =>
    readdirSync(folder).flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
  return {
    last: () =>
      asUser(user, () => {
        while (true) {
          const number = numbers().reduce((most, one) => Math.max(most, one), 0);
          if (number === 0) return undefined;
          try {
            return { number, text: readlinkSync(join(folder, String(number))) };
          } catch (error) {
            // Removed by a process that has appended more records.
            if (codeOf(error) !== 'ENOENT') throw error;
          }
        }
      }),
    append: (number, text) =>
      asUser(user, () => {
        try {
          symlinkSync(text, join(folder, String(number)));
        } catch (error) {
          if (codeOf(error) === 'EEXIST') return false;
          throw error;
        }
        for (const old of numbers().filter((one) => one <= number - kept))
          rmSync(join(folder, String(old)), { force: true });
        return true;
      }),
  };
}
