import type { Programs } from '../exec/programs.js';
import type { Format } from './format.js';

/** What runs a program as an unprivileged user. */
const confinement: Programs = {
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  pivot_root: 'util-linux',
  mknod: 'coreutils',
};

const programs: { readonly [F in Format]: Programs } = {
  raw: {},
  qcow2: { ...confinement, 'qemu-img': 'qemu-utils' },
  xz: { ...confinement, xz: 'xz-utils' },
  gzip: { ...confinement, gzip: 'gzip' },
  zstd: { ...confinement, zstd: 'zstd' },
};

/** The programs that read a format. */
export const programsFor = (format: Format): Programs => programs[format];

const endings: readonly (readonly [RegExp, Format])[] = [
  [/\.xz$/i, 'xz'],
  [/\.gz$/i, 'gzip'],
  [/\.zst$/i, 'zstd'],
  [/\.qcow2?$/i, 'qcow2'],
];

/**
 * The programs that an image probably needs, by its name: to name them before it is downloaded. Its content
 * decides later.
 */
export function programsForName(name: string): Programs {
  const found = endings.find(([ending]) => ending.test(name));
  if (found === undefined) return {};
  const [ending, format] = found;
  return { ...programsFor(format), ...programsForName(name.replace(ending, '')) };
}
