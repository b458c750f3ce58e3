import { posix } from 'node:path';
import { refuse } from '../kit/issues.js';
import { group, option, type Values } from '../kit/option.js';
import type { Type } from '../kit/type.js';
import { absolutePath } from './path.js';
import { record } from './record.js';
import { anyScalar, matching } from './text.js';

const word = matching(/\S/, { kind: 'a name', example: 'one that is not empty' });
const example = '[bind, /dev, /dev]';

const fields = group({
  type: option(word, { text: 'a filesystem type, or `bind`', required: example }),
  source: option(word, { text: 'device, name or directory', required: example }),
  target: option(absolutePath, { text: 'place inside the chroot', required: example }),
});

/** A mount that the chroot gets beside its root. */
export interface ChrootMount extends Values<typeof fields> {
  /** It came with the defaults: a kernel that cannot do it is no error. */
  readonly optional: boolean;
}

/** A path as the kernel takes it, in the one way of writing it: /dev for /dev/, //dev and /dev/. */
const plain = (path: string): string =>
  posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(.)\/$/, '$1');

const named = record('mount', fields);

/** Type, source and place inside the chroot: a list of three, or `type,source,place` as one text. */
export const chrootMount: Type<ChrootMount> = {
  name: '3-tuple',
  placeholder: 'type,source,place',
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
      refuse('binds what is no absolute path', `write one such as ${example}`, mount.source);
    const place = plain(mount.target);
    if (place === '/')
      refuse('has the root itself as its place', `write one such as ${example}`, mount.target);
    return {
      ...mount,
      source: mount.type === 'bind' ? plain(mount.source) : mount.source,
      target: place,
      optional: false,
    };
  },
};

const usual = (type: string, source: string, target: string): ChrootMount => ({
  type,
  source,
  target,
  optional: true,
});

/** What a chroot gets when nothing else is asked for. */
export const defaultMounts: readonly ChrootMount[] = [
  usual('proc', 'proc', '/proc'),
  usual('sysfs', 'sysfs', '/sys'),
  usual('bind', '/dev', '/dev'),
  usual('devpts', 'devpts', '/dev/pts'),
  usual('binfmt_misc', 'binfmt_misc', '/proc/sys/fs/binfmt_misc'),
];
