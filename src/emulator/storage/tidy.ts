import { basename, join } from 'node:path';
import { linksTo, removeLink } from './device-links.js';
import { detachLoop, loopDevices } from './loop-devices.js';

/** What is still needed: files of volumes, and the paths of their names. */
export interface Needed {
  readonly files: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

/**
 * Takes away the loop devices and names of an emulator's directory that nothing needs: all of them, or what a
 * kill left between making a thing and writing it down. Whose they are shows in their targets and backing files.
 * @returns the files whose loop device is in use, and stays
 */
export async function tidy(directory: string, needed: Needed): Promise<string[]> {
  const isOurs = (file: string): boolean => file.startsWith(join(directory, 'volumes/'));
  const ours = loopDevices().filter(({ file }) => isOurs(file));
  const removeLinks = (isTarget: (target: string) => boolean): void => {
    for (const path of linksTo(isTarget)) if (!needed.links.has(path)) removeLink(path);
  };
  const held: string[] = [];
  for (const { name, file } of ours) {
    const isIt = (target: string): boolean => target === file || basename(target) === name;
    if (needed.files.has(file)) removeLinks(isIt);
    else if (!(await detachLoop(file, () => removeLinks(isIt)))) held.push(file);
  }
  removeLinks(isOurs);
  return held;
}
