import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { User } from '../host/exec/user.js';
import { bootId } from '../host/proc/identity.js';
import { currentMounts, isAtOrBelow } from '../host/proc/mountinfo.js';
import { codeOf } from '../host/system-error.js';
import { acquire, type Resource, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import { render } from '../template/render.js';
import type { AttachedDisk } from './attach.js';

/**
 * Checks `mount_path` before the build creates anything, unless it is a template.
 * @throws BuildError if it is in use by another build, not empty or a mount point.
 */
export async function checkMountPoint(
  { mount_path: path }: BuildConfig['mount'],
  tools: Tools,
): Promise<void> {
  if (!path.includes('{{') && existsSync(path)) await requireFree(directoryAt(path), tools);
}

async function requireFree(path: string, { build }: Tools): Promise<void> {
  const [other] = await build.pathsInUse(path);
  if (other === path) throw new BuildError(`mount_path: ${path} is in use by another running build`);
  if (other !== undefined)
    throw new BuildError(`mount_path: ${path} overlaps ${other}, which another running build is using`);
  if (currentMounts().some(({ target }) => target === path))
    throw new BuildError(`mount_path: ${path} is already a mount point`);
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new BuildError(`mount_path: ${path} is not empty`);
}

/**
 * Creates the directory on which the root filesystem is mounted, and its missing parents.
 * @throws as `checkMountPoint`
 */
export async function createMountPoint(
  disk: Pick<AttachedDisk, 'device'>,
  config: Pick<BuildConfig['mount'], 'mount_path'>,
  tools: Tools,
): Promise<Resource<string>> {
  const data = { Device: disk.device.replace('/dev/', ''), BuildId: tools.build.id };
  const { user } = tools.build;
  const path = canonicalPath(await render('mount_path', config.mount_path, data, tools.build.startedAt));
  await requireFree(path, tools);
  const parents = missingParents(path);
  return await acquire(
    tools,
    'directory',
    { path, ours: !existsSync(path), ...(parents.length === 0 ? {} : { parents }) },
    async () => {
      // Repeated after the claim is recorded, so that two builds that start at the same time see each other.
      await requireFree(path, tools);
      if (isAtOrBelow(path, defaultFolder)) createDefaultFolder();
      createParents(dirname(path), user);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    },
    undoMountPoint,
  );
}

/**
 * The path without symbolic links. In the build's namespaces it is reached through another root, where a link
 * with an absolute target would point elsewhere.
 */
function canonicalPath(path: string): string {
  if (existsSync(path)) return directoryAt(path);
  let existing = dirname(path);
  while (!existsSync(existing)) existing = dirname(existing);
  return join(realpathSync(existing), relative(existing, path));
}

function directoryAt(path: string): string {
  if (!statSync(path).isDirectory()) throw new BuildError(`mount_path: ${path} is not a directory`);
  return realpathSync(path);
}

/** The parent of the default mount points. Builds share it and never remove it. */
const defaultFolder = '/mnt/build-omi';

/**
 * It belongs to root and every user can traverse it, whichever user builds first. The directories in it
 * exclude other users, see `createParents`.
 */
function createDefaultFolder(): void {
  mkdirSync(defaultFolder, { recursive: true, mode: 0o711 });
  if (!lstatSync(defaultFolder).isDirectory())
    throw new BuildError(`mount_path: ${defaultFolder} is not a directory`);
  chownSync(defaultFolder, 0, 0);
  chmodSync(defaultFolder, 0o711);
}

/** The missing parent directories of a path, the innermost first. */
function missingParents(path: string): string[] {
  const above = dirname(path);
  return existsSync(above) || above === defaultFolder ? [] : [above, ...missingParents(above)];
}

/** Only the user can traverse these directories, because an image contains setuid programs. */
function createParents(folder: string, user: User): void {
  if (existsSync(folder)) return;
  createParents(dirname(folder), user);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, user.uid, user.gid);
}

/**
 * Warns if other users can reach the mounted image: its setuid programs would give them root rights. The
 * default directory excludes them; a `mount_path` of the user may not.
 */
export function warnIfOpen(path: string, { report }: Tools): void {
  if (isOpen(dirname(path)))
    report.warn(`mount_path: other users can reach ${path} and run setuid programs of the image`);
}

/** Whether every user can traverse a directory and all its parents. */
const isOpen = (folder: string): boolean =>
  (statSync(folder).mode & 0o001) !== 0 && (folder === '/' || isOpen(dirname(folder)));

export const undoMountPoint: Undo<'directory'> = {
  title: ({ path }) => `Remove ${path}`,
  run: async ({ path, ours, parents = [] }, tools) => {
    // rmdir(2) would detach what another build has mounted there in its own mount namespace.
    if (ours && (await tools.build.pathsInUse(path)).includes(path))
      throw new BuildError(`${path} is in use by another running build`);
    if (ours && !remove(path, tools)) return;
    const { user } = tools.ledger.header;
    for (const folder of parents) {
      // They belong to the user, who may have replaced them.
      const found = lstatSync(folder, { throwIfNoEntry: false });
      if (found?.isDirectory() !== true || found.uid !== user || !remove(folder, tools)) return;
    }
  },
};

/** Removes an empty directory. @returns whether it no longer exists */
function remove(path: string, tools: Tools): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return true;
    // Files that others have added stay.
    if (code === 'ENOTEMPTY') return false;
    // So do mounts that others have made since a restart of the VM.
    if (code !== 'EBUSY' || tools.ledger.boot === bootId()) throw error;
    return false;
  }
}
