import type { ImageTree } from '../../host/image/image-fs.js';
import type { Package } from './types.js';

/** Maximum size of a package database, in bytes. */
export const databaseLimit = 64 * 2 ** 20;

const status = '/var/lib/dpkg/status';

/**
 * The packages that dpkg has installed, by /var/lib/dpkg/status (dpkg(1), deb822(5)); undefined if the image
 * has no such file. A package that is only configured, or half installed, is not installed.
 * @throws BuildError if the file is larger than the limit.
 */
export const readDpkg = (tree: ImageTree): Package[] | undefined => {
  const text = tree.read(status, databaseLimit)?.toString('utf8');
  return text === undefined ? undefined : packagesOf(text);
};

/** Parses the text of a status file. */
function packagesOf(text: string): Package[] {
  const packages: Package[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n\n', at);
    const paragraph = text.slice(at, end === -1 ? text.length : end);
    at = end === -1 ? text.length : end + 2;
    if (!/^Status: \S+ \S+ installed$/m.test(paragraph)) continue;
    const [name, version] = [field(paragraph, 'Package'), field(paragraph, 'Version')];
    if (name === '' || version === '') continue;
    packages.push({ name, version, architecture: field(paragraph, 'Architecture') });
  }
  return packages;
}

/** The value of a field of a paragraph; empty if it is missing. */
function field(paragraph: string, name: string): string {
  const label = `${name}: `;
  const at = paragraph.startsWith(label) ? 0 : paragraph.indexOf(`\n${label}`) + 1;
  if (at === 0 && !paragraph.startsWith(label)) return '';
  const end = paragraph.indexOf('\n', at);
  return paragraph.slice(at + label.length, end === -1 ? undefined : end).trim();
}
