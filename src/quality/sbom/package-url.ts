import { PackageURL } from 'packageurl-js';
import type { Package, PackageManager } from '../inventory/types.js';
import type { Distribution } from './distribution.js';

/** Type of the package URL, and the namespace if the image does not tell its distribution. */
const types = {
  dpkg: { type: 'deb', namespace: 'debian' },
  apk: { type: 'apk', namespace: 'alpine' },
  rpm: { type: 'rpm', namespace: '' },
} as const;

/**
 * The package URL of a package (https://github.com/package-url/purl-spec, types deb, apk and rpm); undefined
 * if the name cannot be one.
 */
export function packageUrl(
  { name, version, architecture }: Package,
  manager: PackageManager,
  distribution: Distribution,
): string | undefined {
  const { type, namespace } = types[manager];
  // The epoch of an rpm is a qualifier, that of a deb is part of the version.
  const [, epoch, release] = (manager === 'rpm' && /^(\d+):(.+)$/.exec(version)) || [];
  const { id } = distribution;
  const distro = id !== '' && distribution.version !== '' ? `${id}-${distribution.version}` : id;
  const qualifiers = {
    ...(architecture === '' ? {} : { arch: architecture }),
    ...(distro === '' ? {} : { distro }),
    ...(epoch === undefined ? {} : { epoch }),
  };
  try {
    return new PackageURL(
      type,
      id || namespace || null,
      name,
      release ?? version,
      qualifiers,
      null,
    ).toString();
  } catch {
    return undefined;
  }
}
