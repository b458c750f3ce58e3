import { chmodSync, copyFileSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { which } from '../../src/host/programs.js';

/** A command in whose mount namespace one program of the machine fails once. */
export interface Broken {
  readonly argv: string[];
  /** Whether the program was called often enough to fail. */
  readonly struck: () => boolean;
}

/**
 * Wraps a command so that `program` works `skip` times, then fails once, then works again. A script takes the
 * program's place in a mount namespace of the command's own: nothing of the machine is changed.
 * @param work an empty folder
 */
export function withBroken(program: string, skip: number, work: string, argv: readonly string[]): Broken {
  const place = realpathSync(which(program) ?? '');
  const named = (name: string): string => join(work, `${program}-${name}`);
  const [real, fake, count] = [named('real'), named('fake'), named('count')];
  copyFileSync(place, real);
  chmodSync(real, 0o755);
  // Appending a byte a call is the count: it needs no lock.
  writeFileSync(
    fake,
    `#!/bin/dash\nprintf x >> ${count}\n[ $(stat -c %s ${count}) = ${skip + 1} ] && { echo 'broken on purpose' >&2; exit 42; }\nexec ${real} "$@"\n`,
  );
  chmodSync(fake, 0o755);
  const enter = `system('mount', '--bind', '${fake}', '${place}') == 0 or die; exec @ARGV;`;
  return {
    argv: ['unshare', '--mount', '--', 'perl', '-e', enter, ...argv],
    struck: () => existsSync(count) && readFileSync(count).length > skip,
  };
}
