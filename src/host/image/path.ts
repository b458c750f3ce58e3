import * as fs from 'node:fs';
import { BuildError } from '../../common/errors.js';

/** Maximum number of symbolic links in one path, as in the kernel (path_resolution(7)). */
const maxLinks = 40;
const openDirectory = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW;

/**
 * A resolved path in an image. Its parent directory stays open, so that a process of the image cannot replace
 * a parent with a symbolic link.
 */
export interface Location extends Disposable {
  /** Path on the VM, valid until disposal. Callers must not follow a symbolic link at its end. */
  readonly path: string;
  /**
   * Path in the image, without symbolic links and `..`. Undefined if `..` follows a missing directory: the
   * kernel answers ENOENT, and no path without `..` is equivalent.
   */
  readonly inside: string | undefined;
  /** Whether a parent directory does not exist. If so, `path` does not exist either. */
  readonly missing: boolean;
}

/**
 * The components of a path. A trailing slash requires a directory, as in the kernel, and becomes a last
 * component `.`.
 */
function partsOf(path: string): string[] {
  const names = path.split('/').filter((part) => part !== '' && part !== '.');
  return names.length > 0 && /\/\.?$/.test(path) ? [...names, '.'] : names;
}

/**
 * Resolves a path inside an image like openat2(2) with RESOLVE_IN_ROOT: one directory at a time over open
 * descriptors. Symbolic links are followed inside the image, and `/` and `..` cannot leave the root of the
 * image.
 * @param last whether to follow a symbolic link at the end: `'itself'` does not, `'target'` does.
 * @throws BuildError for too many symbolic links, or if a parent is not a directory.
 */
export function locate(root: string, path: string, last: 'itself' | 'target'): Location {
  const opened = [
    { descriptor: fs.openSync(root, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY), name: '' },
  ];
  const here = (): string => `/proc/self/fd/${opened.at(-1)?.descriptor}`;
  const leave = (): void => {
    const left = opened.pop();
    if (left) fs.closeSync(left.descriptor);
  };
  const locationOf = (names: readonly string[], missing: boolean): Location => ({
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
        if (links > maxLinks) throw new BuildError(`${path}: too many levels of symbolic links in the image`);
        const target = fs.readlinkSync(`${here()}/${name}`);
        while (target.startsWith('/') && opened.length > 1) leave();
        ahead = [...partsOf(target), ...rest];
        continue;
      }
      if (rest.length === 0) return locationOf([name], false);
      if (stat === undefined)
        return rest.includes('..')
          ? { ...locationOf([name], true), inside: undefined }
          : locationOf([name, ...rest.filter((part) => part !== '.')], true);
      if (!stat.isDirectory())
        throw new BuildError(`${locationOf([name], false).inside} is not a directory in the image`);
      opened.push({ descriptor: fs.openSync(`${here()}/${name}`, openDirectory), name });
    }
    return locationOf([], false);
  } catch (error) {
    while (opened.length > 0) leave();
    throw error;
  }
}
