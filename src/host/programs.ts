import { accessSync, constants } from 'node:fs';
import { plainEnvironment } from './exec.js';

/** The programs of the VM that a build starts, and the Debian package each is in. */
const packages: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  partx: 'util-linux',
  blkid: 'util-linux',
  mount: 'mount',
  cp: 'coreutils',
  mkdir: 'coreutils',
  touch: 'coreutils',
  env: 'coreutils',
  perl: 'perl-base',
};

/** Where a program is, or undefined. */
export const which = (program: string): string | undefined =>
  plainEnvironment.PATH.split(':')
    .map((folder) => `${folder}/${program}`)
    .find((path) => isExecutable(path));

/** The programs that are not there, each with its package: `partx (package util-linux)`. */
export const missingPrograms = (needed: Readonly<Record<string, string>> = packages): string[] =>
  Object.entries(needed)
    .filter(([program]) => which(program) === undefined)
    .map(([program, name]) => `${program} (package ${name})`);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
