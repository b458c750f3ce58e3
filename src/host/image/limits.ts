import { readSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';

// A sparse file of some bytes on disk can claim any size, and an image must fill neither the memory of the VM nor the log.

/** Bytes of a configuration file of an image. */
export const configurationLimit = 2 ** 20;
/** Entries of an fstab, and bytes of each of its lines. */
export const fstabLimits = { entries: 1000, line: 4096 } as const;
/** Messages of one kind about the content of an image. */
const messageLimit = 20;
/** Characters of a text of the image in a message. */
const textLimit = 200;

const sizeText = (bytes: number): string =>
  bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20} MiB` : `${bytes} bytes`;

/**
 * Reads an opened file of an image to its end.
 * @param path as the image calls it
 * @param limit bytes
 * @throws BuildError for a file that is larger, of which no more than the limit is read.
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

/** A text of the image as a message shows it: on one line, and cut where it is long. */
export function shown(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
  return line.length > textLimit ? `${line.slice(0, textLimit)}…` : line;
}

/** The first of many messages, each cut where it is long, and how many more there are. */
export function firstOf(messages: readonly string[]): string[] {
  const rest = messages.length - messageLimit;
  const first = messages.slice(0, messageLimit).map(shown);
  return rest > 0 ? [...first, `and ${rest} more`] : first;
}
