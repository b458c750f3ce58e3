import { isUtf8 } from 'node:buffer';
import { createReadStream, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';
import { shown } from './limits.js';

/** A file or directory of the VM to install permanently in the image. */
export interface FileToInstall {
  readonly source: string;
  readonly destination: string;
  /** Octal, as in chmod(1). Default: the mode of the source. */
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/**
 * Copies a file, symbolic link or directory into the image. A directory is copied into the destination; with
 * a trailing slash, only its content is copied. Symbolic links are copied as links. Owner and group are
 * looked up in the image; default: root.
 * @throws BuildError with source and destination if the copy fails.
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
        if (!isUtf8(raw))
          throw new BuildError(`${source} contains a file name that is not valid UTF-8: ${name}`);
        await copy(join(source, name), `${destination}/${name}`);
      }
    } else if (stat.isFile()) {
      await tree.install(destination, createReadStream(source), {
        ...owner,
        mode: mode ?? stat.mode & 0o7777,
      });
    } else {
      throw new BuildError(`${source} is not a regular file, directory or symbolic link`);
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
    // A trailing slash follows a symbolic link, as in cp(1).
    await copy(whole ? realpathSync(file.source) : file.source.replace(/(.)\/+$/, '$1'), destination);
  } catch (error) {
    throw new BuildError(`files: cannot copy ${file.source} to ${destination}`, { cause: error });
  }
}

/** The largest ID. chown(2) takes 4294967295 (-1) for "do not change". */
const largestId = 2 ** 32 - 2;

/** The ID written in decimal digits; undefined if the text is not a valid ID. */
const idOf = (text: string): number | undefined =>
  /^\d{1,10}$/.test(text) && Number(text) <= largestId ? Number(text) : undefined;

/**
 * Looks up a name in passwd(5) or group(5) of the image. A number is used as the ID.
 * @throws BuildError if the number is not a valid ID, or the image has no entry with a valid ID for the name.
 */
function lookUp(tree: ImageTree, file: string, name: string): number {
  if (/^\d+$/.test(name)) {
    const id = idOf(name);
    if (id === undefined) throw new BuildError(`files: ${name} is not a valid ID (0 to ${largestId})`);
    return id;
  }
  const line = tree
    .read(file)
    ?.toString()
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  if (line === undefined) throw new BuildError(`files: ${name} not found in ${file} of the image`);
  const text = line.split(':')[2] ?? '';
  const id = idOf(text);
  if (id === undefined)
    throw new BuildError(`files: ${file} of the image has no valid ID for ${name}: "${shown(text)}"`);
  return id;
}

export const userId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/passwd', name);
export const groupId = (tree: ImageTree, name: string): number => lookUp(tree, '/etc/group', name);
