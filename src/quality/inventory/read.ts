import { BuildError, describe } from '../../common/errors.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { shown } from '../../host/image/limits.js';
import { readApk } from './apk.js';
import { readDpkg } from './dpkg.js';
import { enabledUnits, kernelVersions, namesOf, setuidFiles, usedBytes } from './files.js';
import type { Inventory, Package, PackageManager } from './types.js';

/** Reads the packages of an rpm database; undefined if the image has none. */
export type RpmReader = () => Promise<readonly Package[] | undefined>;

/**
 * Reads what is in an image. A part that cannot be read, such as a database that is larger than the limit, is
 * undefined and a problem: the content of an image must not fail a build.
 */
export async function readInventory(tree: ImageTree, readRpm: RpmReader): Promise<Inventory> {
  const problems: string[] = [];
  const attempt = async <T>(what: string, read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      problems.push(`${what} not read: ${shown(describe(error))}`);
      return undefined;
    }
  };
  const found = await attempt('Packages', async () => await readPackages(tree, readRpm));
  return {
    manager: found?.manager,
    packages: found?.packages,
    units: await attempt('Enabled units', () => enabledUnits(tree)),
    users: await attempt('Users', () => namesOf(tree, '/etc/passwd')),
    groups: await attempt('Groups', () => namesOf(tree, '/etc/group')),
    setuid: await attempt('Setuid files', () => setuidFiles(tree)),
    kernels: await attempt('Kernels', () => kernelVersions(tree)),
    usedBytes: usedBytes(tree),
    problems,
  };
}

/** Maximum number of packages of an image. Debian as a whole has about 64,000. */
const packageLimit = 100_000;

/** By the first database that the image has. */
async function readPackages(
  tree: ImageTree,
  readRpm: RpmReader,
): Promise<{ manager: PackageManager; packages: Package[] } | undefined> {
  const readers = { dpkg: () => readDpkg(tree), apk: () => readApk(tree), rpm: readRpm } as const;
  for (const manager of ['dpkg', 'apk', 'rpm'] as const) {
    const packages = await readers[manager]();
    if (packages !== undefined && packages.length > packageLimit)
      throw new BuildError(`the database has more than ${packageLimit} packages`);
    if (packages !== undefined) return { manager, packages: packages.toSorted(byName) };
  }
  return undefined;
}

const byName = (one: Package, other: Package): number => (keyOf(one) < keyOf(other) ? -1 : 1);

/** Several architectures of one package can be installed. */
const keyOf = ({ name, architecture }: Package): string => `${name} ${architecture}`;
