import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../common/errors.js';
import { fileDigest } from './file-digest.js';

/**
 * The digest of a file or directory as `files` copies it: names, types, content, targets of links, and modes.
 * A trailing slash follows a symbolic link.
 * @param withModes whether modes of regular files count; those of directories always do
 * @returns undefined if the path does not exist
 * @throws the error of the system if something cannot be read; BuildError for what cannot be copied
 */
export async function treeDigest(path: string, withModes: boolean): Promise<string | undefined> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const hash = createHash('sha256');
  const note = (...entry: readonly string[]): void => void hash.update(`${JSON.stringify(entry)}\n`);
  const add = async (at: string, name: string): Promise<void> => {
    const stat = lstatSync(at);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) note('link', name, readlinkSync(at));
    else if (stat.isDirectory()) {
      note('directory', name, mode);
      for (const child of readdirSync(at).toSorted()) await add(join(at, child), `${name}/${child}`);
    } else if (stat.isFile()) note('file', name, withModes ? mode : '', await fileDigest(at));
    else throw new BuildError(`${at} is not a regular file, directory or symbolic link`);
  };
  await add(path.endsWith('/') ? realpathSync(path) : path, '');
  return hash.digest('hex');
}
