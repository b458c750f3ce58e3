import { sha256 } from './sha256.js';

/** The digest of plain data, which does not depend on the order of keys: 64 hexadecimal digits. */
export const digestOfData = (value: unknown): string => sha256(canonical(value));

/**
 * JSON with sorted keys, without those that are undefined; bytes are their digest, patterns their text.
 * @throws TypeError for anything but plain data, which JSON would lose
 */
export function canonical(value: unknown): string {
  if (value === undefined) return 'null';
  if (value instanceof Uint8Array) return canonical({ bytes: sha256(value) });
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
      throw new TypeError(`a ${typeof value} has no digest`);
    return JSON.stringify(value);
  }
  if (value instanceof RegExp) return canonical({ pattern: String(value) });
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('an object has no digest');
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  const sorted = entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
