import { writeFileSync } from 'node:fs';

/**
 * Writes outputs to a file as assignments that a shell reads by `. FILE`: `mount-path` becomes MOUNT_PATH. The last of
 * a name counts. The first one takes the place of what the file held.
 * @returns what writes one; it throws what writing a file throws.
 */
export function outputsFile(path: string): (name: string, value: string) => void {
  let flag = 'w';
  return (name, value) => {
    const variable = name.replaceAll('-', '_').toUpperCase();
    writeFileSync(path, `${variable}='${value.replaceAll("'", `'\\''`)}'\n`, { flag });
    flag = 'a';
  };
}
