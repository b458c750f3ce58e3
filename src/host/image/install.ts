import { isUtf8 } from 'node:buffer';
import { createReadStream, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';
import { shown } from './limits.js';

/** A file or folder of the VM that goes into the image to stay. */
export interface FileToInstall {
  readonly source: string;
  readonly destination: string;
  /** Octal, as in chmod(1); without it the source's. */
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/**
 * Copies a file, link or folder into the image. A folder is copied into the destination, or with a trailing slash
 * its content is; links stay links. Owner and group are looked up in the image and are root unless given.
 */
export async function installFile(tree: ImageTree, file: FileToInstall): Promise<void> {
  const owner = {
    uid: file.owner === undefined ? 0 : userId(tree, file.owner),
    gid: file.group === undefined ? 0 : groupId(tree, file.group),
  };
  const mode = file.mode === undefined ? undefined : Number.parseInt(file.mode, 8);
  const copy = async (source: string, destination: string): Promise<void> => {
    const stat = lstatSync(source);
    if (stat.isSymbolicLink()) {
      if (tree.lstat(destination)) tree.remove(destination);
      tree.symlink(readlinkSync(source), destination, { ...owner, mode: 0 });
    } else if (stat.isDirectory()) {
      tree.makeFolders(destination, { ...owner, mode: stat.mode & 0o7777 });
      for (const raw of readdirSync(source, 'buffer')) {
        const name = raw.toString();
        if (!isUtf8(raw)) throw new BuildError(`in ${source} is a name that is not UTF-8: ${name}`);
        await copy(join(source, name), `${destination}/${name}`);
      }
    } else if (stat.isFile()) {
      await tree.install(destination, createReadStream(source), {
        ...owner,
        mode: mode ?? stat.mode & 0o7777,
      });
    } else {
      throw new BuildError(`${source} is neither a file nor a folder nor a link`);
    }
  };
  const source = statSync(file.source, { throwIfNoEntry: false });
  if (!source) throw new BuildError(`files: ${file.source} does not exist`);
  const into = file.destination.endsWith('/') || tree.stat(file.destination)?.isDirectory() === true;
  const whole = source.isDirectory() && file.source.endsWith('/');
  const destination =
    into && !whole
      ? join(file.destination, basename(file.source))
      : file.destination.replace(/(.)\/+$/, '$1');
  try {
    tree.makeFolders(join(destination, '..'));
    // A trailing slash follows a link, as it does for cp(1).
    await copy(whole ? realpathSync(file.source) : file.source.replace(/(.)\/+$/, '$1'), destination);
  } catch (error) {
    throw new BuildError(`files: ${file.source} cannot be copied to ${destination}`, { cause: error });
  }
}

/** The largest id: 4294967295 is -1, which chown(2) takes for "leave it as it is". */
const largest = 2 ** 32 - 2;

/** An id as it is written in decimal digits; undefined where it is none. */
const idOf = (text: string): number | undefined =>
  /^\d{1,10}$/.test(text) && Number(text) <= largest ? Number(text) : undefined;

/**
 * Looks names up in the image's own files passwd(5) and group(5); a number is taken as it is.
 * @throws BuildError for a name that the image does not have, or has without a valid number.
 */
function lookUp(tree: ImageTree, file: string, name: string): number {
  if (/^\d+$/.test(name)) {
    const id = idOf(name);
    if (id === undefined) throw new BuildError(`files: ${name} is not a valid id (0 to ${largest})`);
    return id;
  }
  const line = tree
    .read(file)
    ?.toString()
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  if (line === undefined) throw new BuildError(`files: the image has no ${name} in ${file}`);
  const text = line.split(':')[2] ?? '';
  const id = idOf(text);
  if (id === undefined)
    throw new BuildError(`files: ${file} of the image has no valid id for ${name}: "${shown(text)}"`);
  return id;
}

export const userId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/passwd', name);
export const groupId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/group', name);
