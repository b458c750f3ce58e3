import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { BuildError } from '../../common/errors.js';
import { codeOf, reasonOf } from '../system-error.js';
import { protect } from './file-flags.js';
import type { ImageTree } from './image-fs.js';
import { type InjectedFile, known, type Placed } from './inject.js';

/** Told what a script meant and does not get. */
type Log = (line: string) => void;

/**
 * Takes a loan back. What a script put in the file's place stays, and so does what it made of the file; then what
 * was there before goes. The folder's times are put back unless a script changed the folder. A file that a script
 * only protected (chattr(1), +i or +a) goes all the same; of other places the protection is put back. Where a script
 * moved the folder away, the file is taken out of it there too. Nothing may run in the image any more.
 * @throws BuildError that names the place.
 */
export async function restore(tree: ImageTree, injected: InjectedFile, log: Log): Promise<void> {
  if (injected.kind === 'volatile') return;
  const { path } = injected;
  try {
    const moved = movedFile(tree, injected);
    // Times are no help there: not every cp(1) keeps all of them.
    const copied = moved && isUnchanged(tree, moved) ? tree.read(moved.path, moved.lent.size) : undefined;
    await restoreFrom(tree, injected, log, copied);
    if (moved) await restoreFrom(tree, moved, log);
  } catch (error) {
    const words = `${path}, which was lent to the image, cannot be taken back`;
    const reason = reasonOf(error);
    throw reason ? new BuildError(`${words}: ${reason}`) : new BuildError(words, { cause: error });
  }
}

/** The same loan in the folder that a script moved away; undefined when it did not. */
function movedFile(tree: ImageTree, injected: Placed): Placed | undefined {
  const { path, aside, parent } = injected;
  if (tree.stat(dirname(path))?.ino === parent) return undefined;
  const folder = movedFolder(tree, parent);
  const changed = folder === undefined ? undefined : tree.changedAt(folder);
  if (folder === undefined || changed === undefined) return undefined;
  const there = (name: string): string => `${folder}/${basename(name)}`;
  const place = { path: there(path), ...(aside === undefined ? {} : { aside: there(aside) }) };
  return { ...injected, ...place, made: [], folder, changed: String(changed) };
}

/** Whether at the place is the lent file, or a copy that keeps all that is known of it. */
function isUnchanged(tree: ImageTree, { path, lent }: Placed): boolean {
  const now = tree.lstat(path);
  return known.every((fact) => now?.[fact] === lent[fact]);
}

async function restoreFrom(tree: ImageTree, injected: Placed, log: Log, copied?: Buffer): Promise<void> {
  const { path, aside, made, folder, changed } = injected;
  const before = changed === undefined ? undefined : BigInt(changed);
  const untouched = tree.changedAt(folder) === before;
  const isCopy = (): boolean => {
    const now = tree.lstat(path);
    if (copied === undefined || now?.isFile() !== true || now.size !== copied.length) return false;
    return tree.read(path, copied.length)?.equals(copied) === true;
  };
  const isOurs = isUnchanged(tree, injected) || isCopy();
  let isThere = isOurs;
  /** Goes on where it was stopped when it is called again. */
  const work = (): void => {
    if (isThere) tree.remove(path);
    isThere = false;
    if (aside !== undefined && tree.lstat(aside)) {
      if (isOurs) tree.rename(aside, path);
      else tree.removeAll(aside);
    }
    for (const one of made.toReversed()) tree.removeIfEmpty(one);
  };
  const lifted = new Map<string, number>();
  try {
    work();
  } catch (error) {
    if (codeOf(error) !== 'EPERM') throw error;
    for (const place of new Set([path, ...(aside ? [aside] : []), dirname(path), ...made, folder]))
      lifted.set(place, await protect(tree, place, 0));
    work();
  }
  if (isOurs && lifted.get(path))
    log(`${path} was protected by a script, but is the VM's file that was lent: it goes`);
  if (untouched && before !== undefined && tree.lstat(folder)) await tree.setChangedAt(folder, before);
  for (const [place, flags] of lifted) {
    // The lent file is gone; what was aside is in its place.
    if (flags === 0 || (isOurs && place === path)) continue;
    await protect(tree, isOurs && place === aside ? path : place, flags);
  }
}

/** How deep directories are searched: a descriptor is open for each level. */
const deepest = 500;
const directory = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/**
 * Where a folder of the image's root filesystem is by now, by its inode number, as the image names it. It is searched
 * from one opened directory to the next, and no link is followed.
 * @throws BuildError where directories are nested too deeply.
 */
function movedFolder(tree: ImageTree, inode: number): string | undefined {
  const device = tree.stat('/')?.dev;
  const find = (descriptor: number, folder: string, depth: number): string | undefined => {
    const here = `/proc/self/fd/${descriptor}`;
    for (const entry of fs.readdirSync(here, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = `${folder}/${entry.name}`;
      // A name that is no UTF-8 is not found again.
      const stat = fs.lstatSync(`${here}/${entry.name}`, { throwIfNoEntry: false });
      if (stat?.dev !== device || !stat?.isDirectory()) continue;
      if (stat.ino === inode) return path;
      if (depth === deepest)
        throw new BuildError(
          `directories of the image are nested more than ${deepest} deep, from ${path.slice(0, 200)}`,
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
