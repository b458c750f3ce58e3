import { rmSync } from 'node:fs';
import { realpath, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from '../errors.js';
import { detachLoop, loops } from './loops.js';
import { linksTo } from './names.js';

const patience = 5000;

/**
 * Takes away all that an emulator (which runs no more) has left: loop devices, names, directory. What is
 * not its own is found out from the devices' backing files, so this works without its state.
 * @throws BuildError when one of its disks is still in use after 5 s; it then leaves the directory
 */
export async function removeEmulator(directory: string): Promise<void> {
  const root = await realpath(directory).catch(() => undefined);
  if (root === undefined) return;
  const isOurs = (file: string): boolean => file.startsWith(join(root, 'volumes/'));
  const ours = loops().filter(({ file }) => isOurs(file));
  const names = new Set(ours.map(({ name }) => name));
  const links = linksTo((target) => isOurs(target) || names.has(basename(target)));
  for (const { file } of ours) await detach(file, () => removeAll(links));
  removeAll(links);
  for (const made of ['/dev/disk/by-id', '/dev/disk']) await rmdir(made).catch(() => {});
  await rm(root, { recursive: true, force: true });
}

async function detach(file: string, parting: () => void): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await detachLoop(file, parting))) {
    if (Date.now() > deadline)
      throw new BuildError(`The disk ${file} is still in use`, { hint: 'Unmount it and try again.' });
    await sleep(20);
  }
}

const removeAll = (paths: readonly string[]): void => {
  for (const path of paths) rmSync(path, { force: true });
};
