import { basename, join } from 'node:path';
import { linksTo, removeLink } from './device-links.js';
import { detachLoop, loopDevices } from './loop-devices.js';

/** The volume files and the device links that are still needed. */
export interface Needed {
  readonly files: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
}

/**
 * Removes the loop devices and links of an emulator directory that are not needed: all of them, or those that
 * a killed emulator created but did not record. Targets and backing files show which directory they belong
 * to.
 * @returns the files whose loop device is in use and remains
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
