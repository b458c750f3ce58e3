import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
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
  const path = await render('mount_path', config.mount_path, data, tools.build.startedAt);
  return await hold(
    tools,
    'directory',
    { path, ours: !existsSync(path) },
    async () => {
      if (ownMounts().some(({ target }) => target === path))
        throw new BuildError(`mount_path: ${path} is a mount point already`);
      // An image has programs that run as root when started by anyone: nobody else gets near them.
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (readdirSync(path).length > 0) throw new BuildError(`mount_path: ${path} is not empty`);
      return path;
    },
    undoMountPoint,
  );
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
