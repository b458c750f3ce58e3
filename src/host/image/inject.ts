import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { BuildError } from '../../common/errors.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { codeOf } from '../system-error.js';
import type { ImageTree } from './image-fs.js';
import { bindAt } from './mount-at.js';
import { nameBeside } from './name-beside.js';
import { openInside } from './open-inside.js';

/** An image that is mounted in its namespaces, has a private /run, and in which nothing runs yet. */
export interface InjectionTarget {
  readonly sandbox: Sandbox;
  readonly tree: ImageTree;
  /** Where the image is mounted, as the namespace names it. */
  readonly mountPath: string;
  readonly signal: AbortSignal;
}

/** What an image is lent. */
export interface FileContent {
  /** The place, as programs of the image call it. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** The facts that tell a file from what a script made of it. */
export const known = ['mtimeMs', 'size', 'mode', 'uid', 'gid'] as const;

/** A file that took the place of what now is `aside`, if there was something. */
export interface Placed {
  readonly kind: 'placed';
  readonly path: string;
  readonly aside?: string;
  /** What is known of the file as it was lent. */
  readonly lent: Pick<Stats, (typeof known)[number]>;
  /** Folders that had to be made for it, the outermost first. */
  readonly made: readonly string[];
  /** The inode number of the folder that it lies in. */
  readonly parent: number;
  /** The deepest folder on the way that was there. */
  readonly folder: string;
  /** When that was changed last, in nanoseconds. */
  readonly changed?: string;
}

/**
 * A file that is lent to an image, as data, and what is needed to leave the place as it was (take-back.ts). A
 * volatile one lies in the private /run, or is mounted over the place, and goes with the namespaces.
 */
export type InjectedFile = Placed | { readonly kind: 'volatile' };

/**
 * Puts a file where the image will look for it. Where the image's own link leads into /run the file is put there,
 * and the image is not touched; elsewhere what is there is renamed aside, so that its type, times, owner and
 * attributes stay as they are. What may not be renamed (chattr(1), +i) is covered by a mount.
 */
export async function inject(to: InjectionTarget, what: FileContent): Promise<InjectedFile> {
  const { tree } = to;
  const target = volatileTarget(tree, what.path);
  if (target !== undefined) {
    tree.makeFolders(dirname(target));
    put(tree, target, what);
    return { kind: 'volatile' };
  }
  try {
    return await place(tree, what);
  } catch (error) {
    if (codeOf(error) !== 'EPERM' || tree.stat(what.path)?.isFile() !== true) throw error;
    await cover(to, tree.resolve(what.path), what);
    return { kind: 'volatile' };
  }
}

/** Where a link leads to in /run; a link that is a circle leads nowhere. */
function volatileTarget(tree: ImageTree, path: string): string | undefined {
  if (tree.lstat(path)?.isSymbolicLink() !== true) return undefined;
  try {
    const target = tree.resolve(path);
    return target.startsWith('/run/') ? target : undefined;
  } catch (error) {
    if (error instanceof BuildError) return undefined;
    throw error;
  }
}

const put = (tree: ImageTree, path: string, { content, mode }: FileContent): void =>
  tree.create(path, content, { uid: 0, gid: 0, mode });

async function place(tree: ImageTree, what: FileContent): Promise<InjectedFile> {
  const parent = tree.resolve(dirname(what.path));
  const folder = deepest(tree, parent);
  const changed = tree.changedAt(folder);
  const made = tree.makeFolders(parent);
  const path = `${parent === '/' ? '' : parent}/${basename(what.path)}`;
  const aside = tree.lstat(path) ? nameBeside(path) : undefined;
  if (aside !== undefined) tree.rename(path, aside);
  put(tree, path, what);
  if (changed !== undefined) await tree.setChangedAt(folder, changed);
  const stats = tree.lstat(path);
  if (stats === undefined) throw new Error(`${path} vanished while it was being written`);
  const { mtimeMs, size, mode, uid, gid } = stats;
  return {
    kind: 'placed',
    path,
    ...(aside === undefined ? {} : { aside }),
    lent: { mtimeMs, size, mode, uid, gid },
    made,
    parent: tree.lstat(parent)?.ino ?? 0,
    folder,
    ...(changed === undefined ? {} : { changed: String(changed) }),
  };
}

/** The deepest folder on the way to a place that exists. */
const deepest = (tree: ImageTree, folder: string): string =>
  folder === '/' || tree.lstat(folder) ? folder : deepest(tree, dirname(folder));

async function cover(
  { sandbox, tree, signal }: InjectionTarget,
  target: string,
  what: FileContent,
): Promise<void> {
  const path = nameBeside(`/run/${basename(target)}`);
  put(tree, path, what);
  using source = openInside(tree, path);
  using opened = openInside(tree, target);
  await bindAt(sandbox, opened, source, signal);
}
