import { chmodSync, copyFileSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment } from '../../src/host/exec/exec.js';
import { which } from '../../src/host/exec/programs.js';
import { numberStart } from './local-programs.js';

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
  const location = realpathSync(which(program) ?? '');
  const named = (name: string): string => join(work, `${program}-${name}`);
  const [real, fake, starts] = [named('real'), named('fake'), named('starts')];
  mkdirSync(starts);
  copyFileSync(location, real);
  chmodSync(real, 0o755);
  writeFileSync(
    fake,
    `#!/bin/dash\n${numberStart(starts)}\n[ $n = ${skip + 1} ] && { echo 'broken on purpose' >&2; exit 42; }\nexec ${real} "$@"\n`,
  );
  chmodSync(fake, 0o755);
  return {
    argv: withMounts([[fake, location]], argv),
    struck: () => readdirSync(starts).length > skip,
  };
}

/** Wraps a command so that these programs are missing: a file that cannot be executed covers each one. */
export const without = (programs: readonly string[], argv: readonly string[]): string[] =>
  withMounts(
    programs.map((program) => ['/dev/null', realpathSync(which(program) ?? '')]),
    argv,
  );

/**
 * Wraps a command so that these programs are the only ones of the machine that it finds.
 * @param work a folder
 */
export function withNothingBut(programs: readonly string[], work: string, argv: readonly string[]): string[] {
  const only = join(work, 'only');
  mkdirSync(only);
  for (const program of programs) copyFileSync(which(program) ?? '', join(only, program));
  const folders = new Set(plainEnvironment.PATH.split(':').map((folder) => realpathSync(folder)));
  return withMounts(
    [...folders].map((folder) => [only, folder]),
    argv,
  );
}

/** Wraps a command in a separate mount namespace with a bind mount over each path. */
export function withMounts(binds: readonly (readonly [string, string])[], argv: readonly string[]): string[] {
  // mount(8) stays open, for its own folder may be covered.
  const enter = `
    $^F = 99;
    open(my $mount, '<', '${which('mount')}') or die;
    my $it = '/proc/self/fd/' . fileno($mount);
    for (${binds.map(([what, location]) => `['${what}', '${location}']`).join(', ')}) {
      system({ $it } 'mount', '--bind', @$_) == 0 or die;
    }
    close($mount);
    exec @ARGV;`;
  return ['unshare', '--mount', '--', 'perl', '-e', enter, ...argv];
}
