import { readFileSync, statSync } from 'node:fs';
import { BuildError, describe } from '../../common/errors.js';
import type { FileContent } from './inject.js';

/** A file of the VM to inject into the image at the same path. */
export interface FileToInject {
  readonly path: string;
  readonly content: Buffer;
  /** The mode on the VM, so that a file that only root can read stays private. */
  readonly mode: number;
}

/**
 * invoke-rc.d(8) of Debian asks this program before it starts a service; exit code 101 forbids the start.
 */
export const servicePolicy: FileContent = {
  path: '/usr/sbin/policy-rc.d',
  content: Buffer.from('#!/bin/sh\nexit 101\n'),
  mode: 0o755,
};

/** The default: scripts resolve host names as the VM does. */
const defaultFile = '/etc/resolv.conf';

/**
 * Reads the files of the VM to inject: the requested files, or /etc/resolv.conf by default. The default file
 * may be missing on the VM. A volume built from scratch gets no default file, because it has no /etc yet.
 * @param requested `copy_files`; undefined if it is not set.
 * @returns the files, and a notice if the default file is skipped.
 * @throws BuildError that names all requested files that cannot be read.
 */
export function filesToInject(
  requested: readonly string[] | undefined,
  fromScratch: boolean,
): { files: FileToInject[]; notices: string[] } {
  const read = (requested ?? (fromScratch ? [] : [defaultFile])).map(readFile);
  const files = read.filter((one) => typeof one !== 'string');
  const problems = read.filter((one) => typeof one === 'string');
  if (requested === undefined)
    return { files, notices: problems.map((line) => `${line}, so scripts have no name servers`) };
  if (problems.length === 0) return { files, notices: [] };
  throw new BuildError(`copy_files: ${problems.join('; ')}`, {
    hint: 'List regular files of this VM. To install files or directories permanently, use the option files.',
  });
}

/** The file, or the reason why it cannot be injected. */
function readFile(path: string): FileToInject | string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return `${path} does not exist on this VM`;
    if (!stat.isFile()) return `${path} is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}`;
    return { path, content: readFileSync(path), mode: stat.mode & 0o777 };
  } catch (error) {
    return `cannot read ${path} (${describe(error)})`;
  }
}
