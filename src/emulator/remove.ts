import { realpath, rm, rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../common/errors.js';
import { tidy } from './storage/tidy.js';

/** Milliseconds to wait until all disks are released. */
const timeout = 5000;

/**
 * Removes everything that a stopped emulator left: loop devices, device links, directory.
 * @throws BuildError if a disk is still in use after 5 s; the directory then remains
 */
export async function removeEmulator(directory: string): Promise<void> {
  const root = await realpath(directory).catch(() => undefined);
  if (root === undefined) return;
  const deadline = Date.now() + timeout;
  for (;;) {
    const held = await tidy(root, { files: new Set(), links: new Set() });
    if (held.length === 0) break;
    if (Date.now() > deadline)
      throw new BuildError(`Emulator not removed: still in use: ${held.join(', ')}`, {
        hint: 'Unmount it and try again.',
      });
    await sleep(20);
  }
  // Without udev, the first by-id link created these directories.
  for (const made of ['/dev/disk/by-id', '/dev/disk']) await rmdir(made).catch(() => {});
  await rm(root, { recursive: true, force: true });
}
