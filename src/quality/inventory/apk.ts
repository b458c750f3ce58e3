import type { ImageTree } from '../../host/image/image-fs.js';
import { databaseLimit } from './dpkg.js';
import type { Package } from './types.js';

/** The second since apk-tools 3 with a merged /usr. */
const databases = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'] as const;

/**
 * The packages that apk has installed (apk-tools, "installed" database: a field a line, `P:` name, `V:`
 * version, `A:` architecture, `L:` license, an empty line ends a package); undefined if the image has no
 * such file.
 * @throws BuildError if the file is larger than the limit.
 */
export function readApk(tree: ImageTree): Package[] | undefined {
  for (const path of databases) {
    const text = tree.read(path, databaseLimit)?.toString('utf8');
    if (text !== undefined) return packagesOf(text);
  }
  return undefined;
}

function packagesOf(text: string): Package[] {
  const packages: Package[] = [];
  let fields: { P?: string; V?: string; A?: string; L?: string } = {};
  const end = (): void => {
    const { P: name, V: version, A: architecture = '', L: license } = fields;
    if (name && version) packages.push({ name, version, architecture, ...(license ? { license } : {}) });
    fields = {};
  };
  for (const line of text.split('\n')) {
    if (line === '') end();
    const [, key, value] = /^([PVAL]):(.*)$/.exec(line) ?? [];
    if (key === 'P' || key === 'V' || key === 'A' || key === 'L') fields[key] = value ?? '';
  }
  end();
  return packages;
}
