import * as fs from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { ImageTree } from './image-fs.js';
import { locate } from './path.js';
import { withDirectory } from './with-directory.js';

/** A name in a directory of an image, and its lstat(2). */
export interface Entry {
  readonly name: string;
  readonly stat: fs.Stats;
}

/** The usual maximum number of entries that build-omi reads of a directory of an image. */
const entryLimit = 20_000;

/**
 * The entries of a directory of an image, by name, following symbolic links to the directory but not at its
 * entries. Empty if it is not a directory.
 * @param wanted the names to read; all others cost no lstat(2)
 * @param limit maximum number of entries of the directory
 * @throws BuildError if the directory has more entries than the limit.
 */
export function entriesOf(
  { root }: ImageTree,
  path: string,
  wanted: (name: string) => boolean = () => true,
  limit = entryLimit,
): Entry[] {
  using location = locate(root, path, 'target');
  if (location.missing) return [];
  if (fs.lstatSync(location.path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return withDirectory(location.path, (file) => {
    const at = `/proc/self/fd/${file}`;
    return namesIn(at, path, limit)
      .filter(wanted)
      .toSorted()
      .flatMap((name) => {
        const stat = fs.lstatSync(`${at}/${name}`, { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ name, stat }];
      });
  });
}

/** Reads the names in parts, so that a directory of millions of entries does not fill the memory. */
function namesIn(at: string, path: string, limit: number): string[] {
  const directory = fs.opendirSync(at, { bufferSize: 512 });
  const names: string[] = [];
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      if (names.length === limit) throw new BuildError(`${path} of the image has more than ${limit} entries`);
      names.push(entry.name);
    }
  } finally {
    directory.closeSync();
  }
  return names;
}
