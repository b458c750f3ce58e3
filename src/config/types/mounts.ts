import { posix } from 'node:path';
import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { absolutePath } from './path.js';
import { record } from './record.js';
import { anyScalar, matching } from './text.js';

const word = matching(/\S/, { kind: 'a name', example: 'a value that is not empty' });
const example = '[bind, /dev, /dev]';

const fields = group({
  type: option(word, { text: 'a filesystem type, or `bind`', required: example }),
  source: option(word, { text: 'device, name or directory', required: example }),
  target: option(absolutePath, { text: 'path inside the chroot', required: example }),
});

/** A mount inside the chroot. */
export interface ChrootMount extends Values<typeof fields> {
  /** A default mount: if the kernel does not support its type, the build skips it. */
  readonly optional: boolean;
}

/** The normalized form of a path: `/dev` for `/dev/`, `//dev` and `/dev/.` */
const plain = (path: string): string =>
  posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(.)\/$/, '$1');

const named = record('mount', fields);

/** Type, source and target inside the chroot: a list of three, or the text `type,source,target`. */
export const chrootMount: Type<ChrootMount> = {
  name: '3-tuple',
  placeholder: 'type,source,target',
  schema: {
    anyOf: [{ type: 'array', items: anyScalar, minItems: 3, maxItems: 3 }, { type: 'string' }],
  },
  async read(value) {
    const parts: unknown = typeof value === 'string' ? value.split(',') : value;
    if (!Array.isArray(parts) || parts.length !== 3)
      return refuse('is not a 3-tuple', `write one such as ${example}`);
    const [type, source, target]: readonly unknown[] = parts;
    const mount = await named.read(
      new Map([
        ['type', type],
        ['source', source],
        ['target', target],
      ]),
    );
    if (mount.type === 'bind' && !mount.source.startsWith('/'))
      refuse('is not an absolute path to bind', `write one such as ${example}`, mount.source);
    const path = plain(mount.target);
    if (path === '/')
      refuse('is the root of the chroot itself', `write one such as ${example}`, mount.target);
    return {
      ...mount,
      source: mount.type === 'bind' ? plain(mount.source) : mount.source,
      target: path,
      optional: false,
    };
  },
};

const defaultMount = (type: string, source: string, target: string): ChrootMount => ({
  type,
  source,
  target,
  optional: true,
});

/** The default mounts of a chroot. */
export const defaultMounts: readonly ChrootMount[] = [
  defaultMount('proc', 'proc', '/proc'),
  defaultMount('sysfs', 'sysfs', '/sys'),
  defaultMount('bind', '/dev', '/dev'),
  defaultMount('devpts', 'devpts', '/dev/pts'),
  defaultMount('binfmt_misc', 'binfmt_misc', '/proc/sys/fs/binfmt_misc'),
];
