import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { BuildError } from '../../common/errors.js';
import { codeOf } from '../system-error.js';
import { setProtection } from './file-flags.js';
import type { ImageTree } from './image-fs.js';
import { bindAt } from './mount-at.js';
import type { MountedImage } from './mounted-image.js';
import { nameBeside } from './name-beside.js';
import { openInside } from './open-inside.js';
import type { WritableMounts } from './writable-mounts.js';

/** A file to inject into an image. */
export interface FileContent {
  /** Path in the image. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** The fields of stat(2) that change when a script modifies or replaces the file. */
export const comparedFields = ['mtimeMs', 'size', 'mode', 'uid', 'gid'] as const;

/**
 * A file written into the image. An existing file at the path was renamed to `aside`. The ledger stores these
 * field names (version 1, see docs/ledger.md).
 */
export interface PlacedFile {
  readonly kind: 'placed';
  readonly path: string;
  readonly aside?: string;
  /** The protection of the renamed file, cleared for that: see `setProtection`. */
  readonly flags?: number;
  /** The compared fields of the injected file. */
  readonly lent: Pick<Stats, (typeof comparedFields)[number]>;
  /** Parent directories created for the file, outermost first. */
  readonly made: readonly string[];
  /** Inode number of the directory that contains the file. */
  readonly parent: number;
  /** The deepest parent directory that existed before. */
  readonly folder: string;
  /** Modification time of `folder` before the injection, in nanoseconds. */
  readonly changed?: string;
}

/**
 * A temporary file in an image, with the data needed to restore the original (restore.ts). A volatile file is
 * in the private /run or is bind-mounted over the original; it disappears with the namespaces.
 */
export type InjectedFile = PlacedFile | { readonly kind: 'volatile' };

/**
 * Injects a temporary file into an image. If the path is a symbolic link into /run, writes the file to the
 * private /run and leaves the image unchanged. Otherwise renames the existing file, which keeps its type,
 * times, owner and attributes. If the directory is immutable (chattr(1), +i), bind-mounts the temporary file
 * over it. No program of the image may have run yet.
 * @param own the mounts to which files may be written: a link into a /run of the VM is replaced
 * @param scratch a private directory in the image, on a tmpfs
 */
export async function inject(
  to: MountedImage,
  file: FileContent,
  own: Pick<WritableMounts, 'hasPlace'> = { hasPlace: () => true },
  scratch = '/run',
): Promise<InjectedFile> {
  const { tree } = to;
  const target = volatileTarget(tree, file.path);
  if (target !== undefined && own.hasPlace(target)) {
    tree.makeFolders(dirname(target));
    writeFile(tree, target, file);
    return { kind: 'volatile' };
  }
  try {
    return await replaceFile(tree, file);
  } catch (error) {
    if (codeOf(error) !== 'EPERM' || tree.stat(file.path)?.isFile() !== true) throw error;
    await cover(to, tree.resolve(file.path), file, scratch);
    return { kind: 'volatile' };
  }
}

/** The target of a symbolic link into /run; undefined for other targets and for a symbolic link loop. */
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

const writeFile = (tree: ImageTree, path: string, { content, mode }: FileContent): void =>
  tree.create(path, content, { uid: 0, gid: 0, mode });

async function replaceFile(tree: ImageTree, file: FileContent): Promise<InjectedFile> {
  const parent = tree.resolve(dirname(file.path));
  const folder = deepestExisting(tree, parent);
  const changed = tree.mtimeOf(folder);
  const made = tree.makeFolders(parent);
  const path = `${parent === '/' ? '' : parent}/${basename(file.path)}`;
  const aside = tree.lstat(path) ? nameBeside(path) : undefined;
  const flags = aside === undefined ? 0 : await setAside(tree, path, aside);
  writeFile(tree, path, file);
  if (changed !== undefined) await tree.setMtime(folder, changed);
  const stats = tree.lstat(path);
  if (stats === undefined) throw new Error(`${path} disappeared while it was written`);
  const { mtimeMs, size, mode, uid, gid } = stats;
  return {
    kind: 'placed',
    path,
    ...(aside === undefined ? {} : { aside }),
    ...(flags === 0 ? {} : { flags }),
    lent: { mtimeMs, size, mode, uid, gid },
    made,
    parent: tree.lstat(parent)?.ino ?? 0,
    folder,
    ...(changed === undefined ? {} : { changed: String(changed) }),
  };
}

/**
 * Renames a file, also if it is immutable or append-only.
 * @returns the flags that were cleared
 */
async function setAside(tree: ImageTree, path: string, aside: string): Promise<number> {
  try {
    tree.rename(path, aside);
    return 0;
  } catch (error) {
    const flags = codeOf(error) === 'EPERM' ? await setProtection(tree, path, 0) : 0;
    if (flags === 0) throw error;
    try {
      tree.rename(path, aside);
    } catch (again) {
      await setProtection(tree, path, flags);
      throw again;
    }
    return flags;
  }
}

/** The deepest existing directory of a path. */
const deepestExisting = (tree: ImageTree, folder: string): string =>
  folder === '/' || tree.lstat(folder) ? folder : deepestExisting(tree, dirname(folder));

async function cover(
  { sandbox, tree, signal }: MountedImage,
  target: string,
  file: FileContent,
  scratch: string,
): Promise<void> {
  const path = nameBeside(`${scratch}/${basename(target)}`);
  writeFile(tree, path, file);
  using source = openInside(tree, path);
  using opened = openInside(tree, target);
  await using mounter = sandbox.mounter(signal);
  await bindAt(mounter, opened, source);
}
