import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BuildError } from '../../common/errors.js';
import { mebibytes } from '../../common/mebibytes.js';
import { requirePrograms } from '../../host/exec/programs.js';
import type { Tools } from '../../runtime/tools.js';

/**
 * Checks that the VM can have the cache of a build: its program, loop devices, and free space for the copy.
 * @param size bytes
 * @throws BuildError for the first problem
 */
export function requireCache(size: number, { build }: Pick<Tools, 'build'>): void {
  requirePrograms({ mke2fs: 'e2fsprogs' });
  if (!existsSync('/dev/loop-control'))
    throw new BuildError('cache: this VM has no loop devices', {
      hint: 'Load the module: modprobe loop. In a container, start it with --privileged.',
    });
  const { bavail, bsize } = statfsSync(existing(build.stateDir));
  const free = bavail * bsize;
  if (free >= size) return;
  throw new BuildError(
    `cache_size: ${build.stateDir} has ${mebibytes(free)} free, less than ${mebibytes(size)}`,
    { hint: 'Free space there, or set a smaller cache_size.' },
  );
}

/** The path, or its nearest parent directory that exists. */
const existing = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
