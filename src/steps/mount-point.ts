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
 * Looks at the mount point before anything is made, where it is known by then.
 * @throws BuildError when it is in use, not empty or a mount point.
 */
export function checkMountPoint({ mount_path: path }: BuildConfig['mount'], tools: Tools): void {
  if (!path.includes('{{') && existsSync(path)) requireFree(folderAt(path), tools);
}

function requireFree(path: string, { build }: Tools): void {
  const other = build.pathsInUse().find((used) => isAtOrBelow(path, used) || isAtOrBelow(used, path));
  if (other === path) throw new BuildError(`mount_path: ${path} is that of another live build`);
  if (other !== undefined)
    throw new BuildError(
      `mount_path: of ${path} and ${other}, that of another live build, one is in the other`,
    );
  if (currentMounts().some(({ target }) => target === path))
    throw new BuildError(`mount_path: ${path} is a mount point already`);
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new BuildError(`mount_path: ${path} is not empty`);
}

/**
 * Makes the folder on which the root is mounted, and those above it that are missing.
 * @throws as `checkMountPoint`
 */
export async function makeMountPoint(
  disk: AttachedDisk,
  config: BuildConfig['mount'],
  tools: Tools,
): Promise<Resource<string>> {
  const data = { Device: disk.device.replace('/dev/', ''), BuildId: tools.build.id };
  const { user } = tools.build;
  const path = realPlace(await render('mount_path', config.mount_path, data, tools.build.startedAt));
  requireFree(path, tools);
  const parents = missingAbove(path);
  return await acquire(
    tools,
    'directory',
    { path, ours: !existsSync(path), ...(parents.length === 0 ? {} : { parents }) },
    async () => {
      // Once more, now that it is claimed: two builds that came at once see each other.
      requireFree(path, tools);
      if (isAtOrBelow(path, usual)) makeUsual();
      makeParents(dirname(path), user);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    },
    undoMountPoint,
  );
}

/**
 * The place without links: in the build's namespaces the path is one of many roots, and a link with an absolute target
 * would lead to another.
 */
function realPlace(path: string): string {
  if (existsSync(path)) return folderAt(path);
  let existing = dirname(path);
  while (!existsSync(existing)) existing = dirname(existing);
  return join(realpathSync(existing), relative(existing, path));
}

function folderAt(path: string): string {
  if (!statSync(path).isDirectory()) throw new BuildError(`mount_path: ${path} is not a folder`);
  return realpathSync(path);
}

/** The folder of mount points unless the user says otherwise. It stays, and is not a build's own. */
const usual = '/mnt/build-omi';

/**
 * The folder of mount points belongs to root, and everybody can pass through it, whoever builds first: what is in it
 * keeps others out, see `makeParents`.
 */
function makeUsual(): void {
  mkdirSync(usual, { recursive: true, mode: 0o711 });
  if (!lstatSync(usual).isDirectory()) throw new BuildError(`mount_path: ${usual} is not a folder`);
  chownSync(usual, 0, 0);
  chmodSync(usual, 0o711);
}

/** The folders above a path that do not exist, the nearest first. */
function missingAbove(path: string): string[] {
  const above = dirname(path);
  return existsSync(above) || above === usual ? [] : [above, ...missingAbove(above)];
}

/** An image has programs that run as root whoever starts them: only its user can pass through what is made here. */
function makeParents(folder: string, user: User): void {
  if (existsSync(folder)) return;
  makeParents(dirname(folder), user);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, user.uid, user.gid);
}

/**
 * Warns where an image that the VM sees is within reach of others than its user: a program in it that runs as root when
 * started by anyone would make anyone root. The folder of a build keeps them out, unless the user gives another one.
 */
export function warnIfOpen(path: string, { report }: Tools): void {
  if (isOpen(dirname(path)))
    report.warn(`mount_path: others can reach ${path}, and start what runs as root in the image`);
}

/** Whether everybody can pass through a folder and all above it. */
const isOpen = (folder: string): boolean =>
  (statSync(folder).mode & 0o001) !== 0 && (folder === '/' || isOpen(dirname(folder)));

export const undoMountPoint: Undo<'directory'> = {
  title: ({ path }) => `Remove ${path}`,
  run: async ({ path, ours, parents = [] }, tools) => {
    // What another mount namespace has mounted there the kernel would unmount.
    if (ours && tools.build.pathsInUse().includes(path))
      throw new BuildError(`${path} is that of another live build`);
    if (ours && !remove(path, tools)) return;
    const { uid } = tools.build.user;
    for (const folder of parents) {
      // They were given to the user, who may have put others in their place.
      const found = lstatSync(folder, { throwIfNoEntry: false });
      if (found?.isDirectory() !== true || found.uid !== uid || !remove(folder, tools)) return;
    }
  },
};

/** Removes an empty folder. @returns whether it is gone. */
function remove(path: string, tools: Tools): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return true;
    // Somebody put something into it meanwhile, which is not ours to remove.
    if (code === 'ENOTEMPTY') return false;
    // So is what somebody has mounted there since the VM was started anew.
    if (code !== 'EBUSY' || tools.ledger.boot === bootId()) throw error;
    return false;
  }
}
