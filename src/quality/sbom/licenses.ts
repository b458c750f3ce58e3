import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe } from '../../common/errors.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import type { Package } from '../inventory/types.js';

/** Maximum bytes of a copyright file, and of all. In Debian 12 the largest has 2 MB, 300 packages 12 MB. */
const sizeLimits = { file: 4 * 2 ** 20, all: 128 * 2 ** 20 } as const;
/** Maximum number of licenses of a package, and of characters of each. */
const limits = { names: 100, characters: 200 } as const;
/** How many packages are read before other work, such as a cancellation, has its turn. */
const packagesInTurn = 200;

/** The licenses of packages, by name of the package. */
export interface Licenses {
  readonly of: ReadonlyMap<string, readonly string[]>;
  /** Why those of some packages are missing. */
  readonly problems: readonly string[];
}

/**
 * The licenses that the copyright files of Debian packages name, as written. Only files in the
 * machine-readable format have names that a program can read
 * (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/).
 */
export async function readDebianLicenses(
  tree: ImageTree,
  packages: readonly Package[],
  signal: AbortSignal,
): Promise<Licenses> {
  const of = new Map<string, readonly string[]>();
  const problems: string[] = [];
  let total = 0;
  for (const [index, { name }] of packages.entries()) {
    if (index % packagesInTurn === 0) {
      await nextTurn();
      signal.throwIfAborted();
    }
    // The name is a path component here. Policy allows no other characters (5.6.1).
    if (!/^[a-z0-9][a-z0-9+.-]*$/.test(name) || of.has(name)) continue;
    try {
      const content = tree.read(`/usr/share/doc/${name}/copyright`, sizeLimits.file);
      total += content?.length ?? 0;
      of.set(name, content === undefined ? [] : namesIn(content.toString('utf8')));
    } catch (error) {
      problems.push(`license of ${name}: ${describe(error)}`);
    }
    if (total > sizeLimits.all) {
      problems.push('licenses: the copyright files of the image are larger than 128 MiB together');
      break;
    }
  }
  return { of, problems };
}

/** The distinct names of the license fields; none if the file has another format. */
function namesIn(text: string): string[] {
  if (!/^Format(-Specification)?:/m.test(text.slice(0, 1000))) return [];
  const names = [...text.matchAll(/^License:[ \t]*(\S.*)$/gm)].map(([, name = '']) => name.trim());
  return [...new Set(names)].filter((name) => name.length <= limits.characters).slice(0, limits.names);
}
