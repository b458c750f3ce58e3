import { readFileSync, statSync } from 'node:fs';
import { BuildError, describe } from '../../common/errors.js';

/** A file of the VM that an image is lent in the same place. */
export interface FileToInject {
  readonly path: string;
  readonly content: Buffer;
  /** Its mode on the VM: a key stays one that root alone can read. */
  readonly mode: number;
}

/** Names of hosts are looked up as on the VM. */
const usual = '/etc/resolv.conf';

/**
 * Reads the files of the VM that an image is lent: those that are asked for, else the usual one, which this VM may
 * lack. An empty volume has no place for that yet.
 * @param asked `copy_files`; undefined where it is not given.
 * @returns the files, and a sentence for a usual one that is left out.
 * @throws BuildError that names all that are asked for and cannot be had.
 */
export function filesToInject(
  asked: readonly string[] | undefined,
  fromScratch: boolean,
): { files: FileToInject[]; notices: string[] } {
  const read = (asked ?? (fromScratch ? [] : [usual])).map(readFile);
  const files = read.filter((one) => typeof one !== 'string');
  const wrong = read.filter((one) => typeof one === 'string');
  if (asked === undefined)
    return { files, notices: wrong.map((line) => `${line}: scripts find no name servers there`) };
  if (wrong.length === 0) return { files, notices: [] };
  throw new BuildError(`copy_files: ${wrong.join('; ')}`, {
    hint: 'Name files of this VM; what is to stay in the image, folders too, goes into the option files.',
  });
}

/** The file, or why it cannot be lent. */
function readFile(path: string): FileToInject | string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return `${path} is not on this VM`;
    if (!stat.isFile()) return `${path} is ${stat.isDirectory() ? 'a folder' : 'no regular file'}`;
    return { path, content: readFileSync(path), mode: stat.mode & 0o777 };
  } catch (error) {
    return `${path} cannot be read (${describe(error)})`;
  }
}
