import * as fs from 'node:fs';
import { BuildError } from '../../common/errors.js';

/** As many links as the kernel follows in one path (path_resolution(7)). */
const mostLinks = 40;
const folder = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/** A place in an image, held by its opened folder so that nobody can swap a folder on the way for a link. */
export interface Place extends Disposable {
  /** A path of the VM for the place, valid while it is held. Its last part must not be followed if it is a link. */
  readonly path: string;
  /**
   * The place as the image itself calls it, without links and without `..`. Undefined where `..` follows a missing
   * directory: the kernel finds nothing there (ENOENT), and no text for it means the same to everyone who resolves it.
   */
  readonly inside: string | undefined;
  /** Whether a folder on the way does not exist; then `path` names nothing. */
  readonly missing: boolean;
}

/** The names in a path. A slash at the end requires a directory, as in the kernel: it leaves a last name `.`. */
function partsOf(path: string): string[] {
  const names = path.split('/').filter((part) => part !== '' && part !== '.');
  return names.length > 0 && /\/\.?$/.test(path) ? [...names, '.'] : names;
}

/**
 * Finds a name inside an image as openat2(2) with RESOLVE_IN_ROOT does: folder by folder over open descriptors,
 * links followed inside, `/` and `..` ending at the image's root. With `last: 'itself'` the last part is not
 * followed when it is a link; with `'target'` it is.
 * @throws BuildError for a circle of links or a file where a folder should be.
 */
export function locate(root: string, path: string, last: 'itself' | 'target'): Place {
  const opened = [
    { descriptor: fs.openSync(root, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY), name: '' },
  ];
  const here = (): string => `/proc/self/fd/${opened.at(-1)?.descriptor}`;
  const leave = (): void => {
    const left = opened.pop();
    if (left) fs.closeSync(left.descriptor);
  };
  const place = (names: readonly string[], missing: boolean): Place => ({
    path: [here(), ...(names.length === 0 ? ['.'] : names)].join('/'),
    inside: `/${[...opened.slice(1).map((one) => one.name), ...names].join('/')}`,
    missing,
    [Symbol.dispose]: () => {
      while (opened.length > 0) leave();
    },
  });
  try {
    let ahead = partsOf(path);
    for (let links = 0; ahead.length > 0; ) {
      const [name = '', ...rest] = ahead;
      ahead = rest;
      if (name === '.') continue;
      if (name === '..') {
        if (opened.length > 1) leave();
        continue;
      }
      const stat = fs.lstatSync(`${here()}/${name}`, { throwIfNoEntry: false });
      if (stat?.isSymbolicLink() && (rest.length > 0 || last === 'target')) {
        links += 1;
        if (links > mostLinks) throw new BuildError(`${path} goes in circles in the image (too many links)`);
        const target = fs.readlinkSync(`${here()}/${name}`);
        while (target.startsWith('/') && opened.length > 1) leave();
        ahead = [...partsOf(target), ...rest];
        continue;
      }
      if (rest.length === 0) return place([name], false);
      if (stat === undefined)
        return rest.includes('..')
          ? { ...place([name], true), inside: undefined }
          : place([name, ...rest.filter((part) => part !== '.')], true);
      if (!stat.isDirectory())
        throw new BuildError(`${place([name], false).inside} is not a folder in the image`);
      opened.push({ descriptor: fs.openSync(`${here()}/${name}`, folder), name });
    }
    return place([], false);
  } catch (error) {
    while (opened.length > 0) leave();
    throw error;
  }
}
