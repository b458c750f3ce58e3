import { writeFileSync } from 'node:fs';

/**
 * Writes outputs to a file as shell assignments for `. FILE`: `mount-path` becomes MOUNT_PATH. The last value
 * of a name counts. The first output replaces the previous content of the file.
 * @returns a function that writes one output; it throws the errors of writeFileSync.
 */
export function outputsFile(path: string): (name: string, value: string) => void {
  let flag = 'w';
  return (name, value) => {
    const variable = name.replaceAll('-', '_').toUpperCase();
    writeFileSync(path, `${variable}='${value.replaceAll("'", `'\\''`)}'\n`, { flag });
    flag = 'a';
  };
}
