import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { User } from '../host/exec/user.js';
import { isStill, lockFile } from '../host/file-lock.js';
import { attempt } from '../host/proc/processes.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

const imageName = /^[0-9a-f]{64}(\.part)?$/;

/**
 * Removes the downloaded images of a user; for root those of all users. A running build has its image open,
 * and reads it to the end. What a build downloads stays.
 * @param directory the state directory
 * @returns how many there were, and their bytes on the disk
 */
export async function clearImages(
  directory: string,
  user: User,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const cleared = { count: 0, bytes: 0 };
  if (!existsSync(directory)) return cleared;
  for (const name of readdirSync(directory)) {
    const uid = Number(/^(\d+)\.shared$/.exec(name)?.[1]);
    if (Number.isNaN(uid) || (user.uid !== 0 && uid !== user.uid)) continue;
    using folder = openImages(join(directory, name), uid);
    for (const image of folder === undefined ? [] : readdirSync(folder.path)) {
      const bytes = imageName.test(image) ? await removeUnused(`${folder?.path}/${image}`) : undefined;
      if (bytes === undefined) continue;
      cleared.count += 1;
      cleared.bytes += bytes;
    }
  }
  return cleared;
}

/**
 * The open directory of the images of a user, who may replace each name in its path at any time.
 * @returns undefined if it is missing, or is not a directory of that user
 */
function openImages(shared: string, uid: number): ({ readonly path: string } & Disposable) | undefined {
  const open = (path: string): number | undefined =>
    attempt(() => openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  const path = (descriptor: number): string => `/proc/${process.pid}/fd/${descriptor}`;
  const outer = open(shared);
  if (outer === undefined) return undefined;
  const inner = open(`${path(outer)}/images`);
  closeSync(outer);
  if (inner === undefined) return undefined;
  if (fstatSync(inner).uid === uid) return { path: path(inner), [Symbol.dispose]: () => closeSync(inner) };
  closeSync(inner);
  return undefined;
}

/** @returns the bytes of the file; undefined if a build downloads it, or it is not a file any more */
async function removeUnused(path: string): Promise<number | undefined> {
  const file = attempt(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return undefined;
  try {
    const stat = fstatSync(file);
    const isUnused = stat.isFile() && (!path.endsWith('.part') || (await lockFile(file, 'exclusive')));
    if (!isUnused || !isStill(path, file)) return undefined;
    unlinkSync(path);
    return stat.blocks * 512;
  } finally {
    closeSync(file);
  }
}
