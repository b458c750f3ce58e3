import { realpath, rm, rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../common/errors.js';
import { tidy } from './storage/tidy.js';

/** Milliseconds until a disk must be free. */
const timeout = 5000;

/**
 * Takes away all that an emulator has left that runs no more: loop devices, names, directory.
 * @throws BuildError when one of its disks is still in use after 5 s; it then leaves the directory
 */
export async function removeEmulator(directory: string): Promise<void> {
  const root = await realpath(directory).catch(() => undefined);
  if (root === undefined) return;
  const deadline = Date.now() + timeout;
  for (;;) {
    const held = await tidy(root, { files: new Set(), links: new Set() });
    if (held.length === 0) break;
    if (Date.now() > deadline)
      throw new BuildError(`Still in use: ${held.join(', ')}`, { hint: 'Unmount it and try again.' });
    await sleep(20);
  }
  // Where no udev runs, the first link of the kind made these.
  for (const made of ['/dev/disk/by-id', '/dev/disk']) await rmdir(made).catch(() => {});
  await rm(root, { recursive: true, force: true });
}
