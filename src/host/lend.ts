import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ImageTree } from './image-tree.js';

/** A file of the VM that is lent to an image, and what is needed to leave the place as it was. */
export type Loan =
  /** It lies in the private /run and goes with it. */
  | { readonly kind: 'volatile' }
  /** It took the place of what now is `aside`, if there was something. */
  | {
      readonly kind: 'placed';
      readonly path: string;
      readonly aside: string | undefined;
      readonly lent: Stats;
      readonly folderBefore: Stats | undefined;
      readonly folderLent: Stats | undefined;
    };

/**
 * Puts `content` where the image will look for `path`. Where the image's own link leads into /run the file is put
 * there, and the image is not touched; elsewhere what is there is renamed aside, so that its type, times, owner and
 * attributes stay as they are.
 */
export function lend(tree: ImageTree, path: string, content: Buffer): Loan {
  const target = tree.resolve(path);
  if (tree.lstat(path)?.isSymbolicLink() && target.startsWith('/run/')) {
    tree.makeFolders(dirname(target));
    tree.create(target, content, { uid: 0, gid: 0, mode: 0o644 });
    return { kind: 'volatile' };
  }
  const folder = dirname(path);
  const place = `${tree.resolve(folder)}/${basename(path)}`;
  const folderBefore = tree.stat(folder);
  tree.makeFolders(folder);
  const aside = tree.lstat(place)
    ? `${tree.resolve(folder)}/.${basename(path)}.${randomBytes(6).toString('hex')}`
    : undefined;
  if (aside !== undefined) tree.rename(place, aside);
  tree.create(place, content, { uid: 0, gid: 0, mode: 0o644 });
  if (folderBefore) tree.setTimes(folder, folderBefore);
  const lent = tree.lstat(place);
  if (lent === undefined) throw new Error(`${place} vanished while it was being written`);
  return { kind: 'placed', path: place, aside, lent, folderBefore, folderLent: tree.stat(folder) };
}

/**
 * Takes a loan back. What a script put in the file's place stays, and so does what it made of the file; then what
 * was there before goes. The folder's times are put back unless a script changed the folder.
 */
export function takeBack(tree: ImageTree, loan: Loan): void {
  if (loan.kind === 'volatile') return;
  const now = tree.lstat(loan.path);
  const folder = dirname(loan.path);
  const folderUntouched = tree.lstat(folder)?.mtimeMs === loan.folderLent?.mtimeMs;
  const ours = now?.ino === loan.lent.ino && now.mtimeMs === loan.lent.mtimeMs && now.size === loan.lent.size;
  if (ours) {
    if (loan.aside === undefined) tree.remove(loan.path);
    else tree.rename(loan.aside, loan.path);
  } else if (loan.aside !== undefined && tree.lstat(loan.aside)) {
    tree.remove(loan.aside);
  }
  if (folderUntouched && loan.folderBefore) tree.setTimes(folder, loan.folderBefore);
}
