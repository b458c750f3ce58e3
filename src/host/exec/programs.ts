import { accessSync, constants } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import { plainEnvironment } from './exec.js';

/** Programs of the VM, each with its Debian package. */
export type Programs = Readonly<Record<string, string>>;

/** The programs that every build needs. */
export const everyBuild: Programs = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  partx: 'util-linux',
  blkid: 'util-linux',
  blockdev: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  cp: 'coreutils',
  env: 'coreutils',
  mkdir: 'coreutils',
  touch: 'coreutils',
  sh: 'dash',
  perl: 'perl-base',
};

/** The path of a program, or undefined. */
export const which = (program: string): string | undefined =>
  plainEnvironment.PATH.split(':')
    .map((folder) => `${folder}/${program}`)
    .find((path) => isExecutable(path));

/** @throws BuildError that names every missing program, and the packages to install. */
export function requirePrograms(needed: Programs): void {
  const missing = Object.entries(needed).filter(([program]) => which(program) === undefined);
  requirePresent(Object.fromEntries(missing));
}

/**
 * Reports what is missing. @throws BuildError that names it, and the packages to install, unless it is empty.
 */
export function requirePresent(absent: Programs): void {
  const missing = Object.entries(absent);
  if (missing.length === 0) return;
  const named = missing.map(([program, its]) => `${program} (package ${its})`);
  const packages = new Set(missing.map(([, its]) => its));
  throw new BuildError(`missing programs on this VM: ${named.join(', ')}`, {
    hint: `Install them. On Debian and Ubuntu: apt-get install ${[...packages].join(' ')}`,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
