import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { bootId } from '../host/identity.js';
import { isAtOrBelow, ownMounts } from '../host/mounts.js';
import type { User } from '../host/user.js';
import { render } from '../template.js';
import type { Tools } from '../tools.js';
import { type Held, hold, type Undo } from '../undo/hold.js';
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
  if (ownMounts().some(({ target }) => target === path))
    throw new BuildError(`mount_path: ${path} is a mount point already`);
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new BuildError(`mount_path: ${path} is not empty`);
}

/**
 * Makes the folder on which the root is mounted.
 * @throws as `checkMountPoint`
 */
export async function makeMountPoint(
  disk: AttachedDisk,
  config: BuildConfig['mount'],
  tools: Tools,
): Promise<Held<string>> {
  const data = { Device: disk.device.replace('/dev/', ''), BuildId: tools.build.id };
  const path = realPlace(
    await render('mount_path', config.mount_path, data, tools.build.startedAt),
    tools.build.user,
  );
  requireFree(path, tools);
  return await hold(
    tools,
    'directory',
    { path, ours: !existsSync(path) },
    async () => {
      // Once more, now that it is claimed: two builds that came at once see each other.
      requireFree(path, tools);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    },
    undoMountPoint,
  );
}

/**
 * The place without links, its parents made where they are missing: in the build's namespaces the path is one of
 * many roots, and a link with an absolute target would lead to another.
 */
function realPlace(path: string, user: User): string {
  if (existsSync(path)) return folderAt(path);
  // An image has programs that run as root when started by anyone: nobody else gets near them.
  makeParents(dirname(path), user);
  return join(realpathSync(dirname(path)), basename(path));
}

function folderAt(path: string): string {
  if (!statSync(path).isDirectory()) throw new BuildError(`mount_path: ${path} is not a folder`);
  return realpathSync(path);
}

function makeParents(folder: string, user: User): void {
  if (existsSync(folder)) return;
  makeParents(dirname(folder), user);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, user.uid, user.gid);
}

/** The folder of mount points unless the user says otherwise. */
const usual = '/mnt/build-omi';

/**
 * Images that the VM sees lie in a folder of their user alone.
 * @throws BuildError when the usual folder is in use by another user.
 */
export function requireOwnFolder(path: string, { build: { user } }: Tools): void {
  if (dirname(path) !== usual || !existsSync(usual)) return;
  const { uid } = statSync(usual);
  const isUsed = ownMounts().some(({ target }) => target.startsWith(`${usual}/`));
  if (isUsed && uid !== user.uid)
    throw new BuildError(`mount_path: images of another user (${uid}) are mounted in ${usual}`, {
      hint: 'Give a mount_path in a folder of your own.',
    });
}

/**
 * Sees to it that an image that the VM sees is within reach of its user and of nobody else: a program in it that runs
 * as root when started by anyone would make anyone root.
 * @throws as requireOwnFolder
 */
export function requirePrivate(path: string, tools: Tools): void {
  const { user } = tools.build;
  if (dirname(path) === usual) {
    requireOwnFolder(path, tools);
    chownSync(usual, user.uid, user.gid);
    chmodSync(usual, 0o700);
  } else if (isOpen(dirname(path))) {
    tools.report.warn(`mount_path: others can reach ${path}, and start what runs as root in the image`);
  }
}

/** Whether everybody can pass through a folder and all above it. */
const isOpen = (folder: string): boolean =>
  (statSync(folder).mode & 0o001) !== 0 && (folder === '/' || isOpen(dirname(folder)));

export const undoMountPoint: Undo<'directory'> = {
  title: ({ path }) => `Remove ${path}`,
  run: async ({ path, ours }, tools) => {
    if (!ours) return;
    // What another mount namespace has mounted there the kernel would unmount.
    if (tools.build.pathsInUse().includes(path))
      throw new BuildError(`${path} is that of another live build`);
    try {
      rmdirSync(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // Somebody put something into it meanwhile, which is not ours to remove.
      if (code === 'ENOENT' || code === 'ENOTEMPTY') return;
      // So is what somebody has mounted there since the VM was started anew.
      if (code !== 'EBUSY' || tools.ledger.boot === bootId()) throw error;
    }
  },
};
