import { basename, join } from 'node:path';
import { namesOf, removeName } from './device-links.js';
import { detachLoop, loops } from './loop-devices.js';

/** What is still needed: files of volumes, and the paths of their names. */
export interface Needed {
  readonly files: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/**
 * Takes away the loop devices and names of an emulator's directory that nothing needs: all of them, or what a
 * kill left between making a thing and writing it down. Whose they are shows in their targets and backing files.
 * @returns the files whose loop device is in use, and stays
 */
export async function tidy(directory: string, needed: Needed): Promise<string[]> {
  const isOurs = (file: string): boolean => file.startsWith(join(directory, 'volumes/'));
  const ours = loops().filter(({ file }) => isOurs(file));
  const removeNames = (isTarget: (target: string) => boolean): void => {
    for (const path of namesOf(isTarget)) if (!needed.names.has(path)) removeName(path);
  };
  const held: string[] = [];
  for (const { name, file } of ours) {
    const isIt = (target: string): boolean => target === file || basename(target) === name;
    if (needed.files.has(file)) removeNames(isIt);
    else if (!(await detachLoop(file, () => removeNames(isIt)))) held.push(file);
  }
  removeNames(isOurs);
  return held;
}
