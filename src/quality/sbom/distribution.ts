import type { ImageTree } from '../../host/image/image-fs.js';

/** The distribution of an image (os-release(5)). */
export interface Distribution {
  /** Lower case, such as `debian`; empty if the image does not tell. */
  readonly id: string;
  /** Such as `12`; a rolling release has none. */
  readonly version: string;
  /** For people, such as `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
}

/** Maximum number of characters of a value. */
const limit = 200;

/** Reads os-release; its fields are empty if the image has no such file. */
export function distributionOf(tree: ImageTree): Distribution {
  const text = (tree.read('/etc/os-release') ?? tree.read('/usr/lib/os-release'))?.toString('utf8') ?? '';
  const field = (name: string): string => {
    const [, value = ''] = new RegExp(`^${name}=(.*)$`, 'm').exec(text) ?? [];
    return value
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2')
      .replaceAll(/\\(["'`$\\])/g, '$1')
      .replaceAll(/\p{Cc}/gu, '')
      .slice(0, limit);
  };
  const id = field('ID').toLowerCase();
  return {
    id: /^[a-z0-9._-]+$/.test(id) ? id : '',
    version: field('VERSION_ID'),
    name: field('PRETTY_NAME'),
  };
}
