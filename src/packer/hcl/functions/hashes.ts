import { createHash, randomUUID } from 'node:crypto';
import { fail } from '../problem.js';
import { toText } from '../values/convert.js';
import { argument, type Functions, fixed, type HclFunction } from './define.js';

const hash = (algorithm: string): HclFunction =>
  fixed(1, (args) =>
    createHash(algorithm)
      .update(toText(argument(args, 0)))
      .digest('hex'),
  );

/** The name spaces of RFC 9562, appendix: section 6.6. */
const nameSpaces: Readonly<Record<string, string>> = {
  dns: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  url: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  oid: '6ba7b812-9dad-11d1-80b4-00c04fd430c8',
  x500: '6ba7b814-9dad-11d1-80b4-00c04fd430c8',
};

function nameUuid(space: string, name: string): string {
  const id = nameSpaces[space] ?? space;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
    return fail('has an invalid name space', 'use dns, url, oid, x500 or a UUID');
  const bytes = createHash('sha1')
    .update(Buffer.from(id.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  const hex = [...bytes.subarray(0, 16)]
    .map((byte, index) => (index === 6 ? (byte & 15) | 80 : index === 8 ? (byte & 63) | 128 : byte))
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Hashes and UUIDs. */
export const hashes: Functions = {
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
  sha512: hash('sha512'),
  uuidv4: fixed(0, () => randomUUID()),
  uuidv5: fixed(2, (args) => nameUuid(toText(argument(args, 0)), toText(argument(args, 1)))),
};
