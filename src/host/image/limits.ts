import { readSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';

// An image is untrusted input. A sparse file can claim any size, and must not fill the memory of the VM or
// the log.

/** Maximum size of a configuration file of an image, in bytes. */
export const configurationLimit = 2 ** 20;
/** Maximum number of entries of an fstab, and maximum bytes of one line. */
export const fstabLimits = { entries: 1000, line: 4096 } as const;
/** Maximum number of messages of one kind about the content of an image. */
const messageLimit = 20;
/** Maximum number of characters of a text of the image in a message. */
const textLimit = 200;

const sizeText = (bytes: number): string =>
  bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes} bytes`;

/**
 * Reads an open file of an image to its end.
 * @param path path in the image, for the error message
 * @param limit bytes
 * @throws BuildError if the file is larger. At most one byte more than the limit is read.
 */
export function readLimited(descriptor: number, path: string, limit: number): Buffer {
  const parts: Buffer[] = [];
  for (let rest = limit + 1; rest > 0; ) {
    const part = Buffer.alloc(Math.min(rest, 65_536));
    const size = readSync(descriptor, part);
    if (size === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, size));
    rest -= size;
  }
  throw new BuildError(`${path} of the image is larger than the limit of ${sizeText(limit)}`);
}

/** A text of the image for a message: control characters replaced, truncated to the limit. */
export function shown(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
  return line.length > textLimit ? `${line.slice(0, textLimit)}…` : line;
}

/** The first messages up to the limit, each truncated, and the number of the others. */
export function firstOf(messages: readonly string[]): string[] {
  const rest = messages.length - messageLimit;
  const first = messages.slice(0, messageLimit).map(shown);
  return rest > 0 ? [...first, `and ${rest} more`] : first;
}
