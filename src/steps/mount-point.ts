import { existsSync, mkdirSync, readdirSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BuildConfig } from '../config/table.js';
import { BuildError } from '../errors.js';
import { type Held, hold, type Undo } from '../hold.js';
import { ownMounts } from '../host/mounts.js';
import { render } from '../template.js';
import type { Tools } from '../tools.js';
import type { AttachedDisk } from './attach.js';

/**
 * Makes the folder on which the root is mounted.
 * @throws BuildError when it is not empty or a mount point.
 */
export async function makeMountPoint(
  disk: AttachedDisk,
  config: BuildConfig['mount'],
  tools: Tools,
): Promise<Held<string>> {
  const data = { Device: disk.device.replace('/dev/', ''), BuildId: tools.build.id };
  const path = realPlace(await render('mount_path', config.mount_path, data, tools.build.startedAt));
  return await hold(
    tools,
    'directory',
    { path, ours: !existsSync(path) },
    async () => {
      if (ownMounts().some(({ target }) => target === path))
        throw new BuildError(`mount_path: ${path} is a mount point already`);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (readdirSync(path).length > 0) throw new BuildError(`mount_path: ${path} is not empty`);
      return path;
    },
    undoMountPoint,
  );
}

/**
 * The place without links, its parents made where they are missing: in the build's namespaces the path is one of
 * many roots, and a link with an absolute target would lead to another.
 */
function realPlace(path: string): string {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw new BuildError(`mount_path: ${path} is not a folder`);
    return realpathSync(path);
  }
  // An image has programs that run as root when started by anyone: nobody else gets near them.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return join(realpathSync(dirname(path)), basename(path));
}

export const undoMountPoint: Undo<'directory'> = {
  title: ({ path }) => `Remove ${path}`,
  run: async ({ path, ours }) => {
    if (!ours) return;
    try {
      rmdirSync(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // Somebody put something into it meanwhile, which is not ours to remove.
      if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error;
    }
  },
};
