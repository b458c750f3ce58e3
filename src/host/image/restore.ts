import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { BuildError } from '../../common/errors.js';
import { codeOf, reasonOf } from '../system-error.js';
import { setProtection } from './file-flags.js';
import type { ImageTree } from './image-fs.js';
import { comparedFields, type InjectedFile, type PlacedFile } from './inject.js';

/** Receives a warning if the result is not what a script intended. */
type Log = (line: string) => void;

/**
 * Removes an injected file and restores the original. No process may run in the image.
 * - If a script modified or replaced the injected file, keeps the version of the script and removes the
 *   original.
 * - Restores the modification time of the directory unless a script changed the directory.
 * - Removes an injected file even if a script made it immutable or append-only (chattr(1), +i or +a).
 *   Restores these flags on other files and directories.
 * - Restores the flags that `inject` cleared on the original.
 * - If a script moved the directory, also removes the injected file from the moved directory.
 * @returns whether a script has left the injected file as it was
 * @throws BuildError that names the path.
 */
export async function restore(tree: ImageTree, injected: InjectedFile, log: Log): Promise<boolean> {
  if (injected.kind === 'volatile') return true;
  const { path } = injected;
  try {
    const moved = movedFile(tree, injected);
    // Compares the content: cp(1) does not always preserve the times of a copy.
    const copied = moved && isUnchanged(tree, moved) ? tree.read(moved.path, moved.lent.size) : undefined;
    const isOurs = await restoreFrom(tree, injected, log, copied);
    if (moved) await restoreFrom(tree, moved, log);
    return isOurs;
  } catch (error) {
    const problem = `cannot remove the injected file ${path} from the image`;
    const reason = reasonOf(error);
    throw reason ? new BuildError(`${problem}: ${reason}`) : new BuildError(problem, { cause: error });
  }
}

/** The injected file in the directory that a script moved; undefined if no script moved it. */
function movedFile(tree: ImageTree, injected: PlacedFile): PlacedFile | undefined {
  const { path, aside, parent } = injected;
  if (tree.stat(dirname(path))?.ino === parent) return undefined;
  const folder = movedFolder(tree, parent);
  const changed = folder === undefined ? undefined : tree.mtimeOf(folder);
  if (folder === undefined || changed === undefined) return undefined;
  const inMoved = (name: string): string => `${folder}/${basename(name)}`;
  const paths = { path: inMoved(path), ...(aside === undefined ? {} : { aside: inMoved(aside) }) };
  return { ...injected, ...paths, made: [], folder, changed: String(changed) };
}

/** Whether the file at the path has the metadata of the injected file. */
function isUnchanged(tree: ImageTree, { path, lent }: PlacedFile): boolean {
  const now = tree.lstat(path);
  return comparedFields.every((field) => now?.[field] === lent[field]);
}

async function restoreFrom(
  tree: ImageTree,
  injected: PlacedFile,
  log: Log,
  copied?: Buffer,
): Promise<boolean> {
  const { path, aside, flags: ownFlags = 0, made, folder, changed } = injected;
  const before = changed === undefined ? undefined : BigInt(changed);
  const untouched = tree.mtimeOf(folder) === before;
  const isCopy = (): boolean => {
    const now = tree.lstat(path);
    if (copied === undefined || now?.isFile() !== true || now.size !== copied.length) return false;
    return tree.read(path, copied.length)?.equals(copied) === true;
  };
  const isOurs = isUnchanged(tree, injected) || isCopy();
  let isThere = isOurs;
  let isRestored = false;
  /** Idempotent: a second call continues after a failed first one. */
  const removeAndRename = (): void => {
    if (isThere) tree.remove(path);
    isThere = false;
    if (aside !== undefined && tree.lstat(aside)) {
      if (isOurs) tree.rename(aside, path);
      else tree.removeAll(aside);
      isRestored = isOurs;
    }
    for (const one of made.toReversed()) tree.removeIfEmpty(one);
  };
  const clearedFlags = new Map<string, number>();
  try {
    removeAndRename();
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    for (const one of new Set([path, ...(aside ? [aside] : []), dirname(path), ...made, folder]))
      clearedFlags.set(one, await setProtection(tree, one, 0));
    removeAndRename();
  }
  if (isOurs && clearedFlags.get(path))
    log(`Removed the injected file ${path}, which a script had made immutable or append-only`);
  if (untouched && before !== undefined && tree.lstat(folder)) await tree.setMtime(folder, before);
  for (const [one, flags] of clearedFlags) {
    // The injected file is removed; the original is at its path again.
    if (flags === 0 || (isOurs && [path, aside].includes(one))) continue;
    await setProtection(tree, one, flags);
  }
  const flags = ownFlags | (clearedFlags.get(aside ?? path) ?? 0);
  if (isRestored && flags !== 0) await setProtection(tree, path, flags);
  return isOurs;
}

/** Maximum depth of the search. Each level needs an open descriptor. */
const maxDepth = 500;
const directory = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/**
 * Finds a directory of the root filesystem of the image by its inode number. Opens each directory relative to
 * its parent, and does not follow symbolic links.
 * @returns the path in the image; undefined if no directory has that inode number.
 * @throws BuildError if directories are nested too deeply.
 */
function movedFolder(tree: ImageTree, inode: number): string | undefined {
  const device = tree.stat('/')?.dev;
  const find = (descriptor: number, folder: string, depth: number): string | undefined => {
    const here = `/proc/self/fd/${descriptor}`;
    for (const entry of fs.readdirSync(here, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = `${folder}/${entry.name}`;
      // Node.js cannot look up a name that is not valid UTF-8, so lstat(2) finds nothing.
      const stat = fs.lstatSync(`${here}/${entry.name}`, { throwIfNoEntry: false });
      if (stat?.dev !== device || !stat?.isDirectory()) continue;
      if (stat.ino === inode) return path;
      if (depth === maxDepth)
        throw new BuildError(
          `directories of the image are nested more than ${maxDepth} levels deep: ${path.slice(0, 200)}`,
        );
      const found = search(`${here}/${entry.name}`, path, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const search = (opened: string, path: string, depth: number): string | undefined => {
    const descriptor = fs.openSync(opened, depth === 0 ? directory & ~fs.constants.O_NOFOLLOW : directory);
    try {
      return find(descriptor, path, depth);
    } finally {
      fs.closeSync(descriptor);
    }
  };
  return search(tree.root, '', 0);
}
