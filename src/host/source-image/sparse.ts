import { fstatSync, fsyncSync, ftruncateSync, read, statfsSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { BuildError } from '../../common/errors.js';

const [readAt, writeAt] = [promisify(read), promisify(write)];

/** Bytes that are written or left out together. */
const block = 64 * 1024;
const zeros = Buffer.alloc(block);
const isZero = (part: Buffer): boolean => part.equals(zeros.subarray(0, part.length));

/** Bytes of the filesystem that stay free. */
const reserve = 512 * 2 ** 20;

/** Writes all of a buffer. */
async function writeAll(file: number, part: Buffer, position: number): Promise<void> {
  for (let done = 0; done < part.length; ) {
    const { bytesWritten } = await writeAt(file, part, done, part.length - done, position + done);
    done += bytesWritten;
  }
}

/** Reads a part of a file, shorter only at its end. */
export async function readPart(file: number, position: number, length: number): Promise<Buffer> {
  const part = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await readAt(file, part, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return part.subarray(0, done);
}

/** Writes a stream to an empty file, and leaves zeros out, so that the file has holes there. */
export class SparseWriter {
  /** Bytes so far. */
  size = 0;
  #unchecked = 0;

  /**
   * @param folder in whose filesystem the file is
   * @param limit bytes of the stream
   */
  constructor(
    private readonly file: number,
    private readonly folder: string,
    private readonly limit: number,
    private readonly tooLarge: () => BuildError,
  ) {}

  /** @throws BuildError beyond the limit, or before the filesystem is full */
  async write(part: Buffer): Promise<void> {
    if (this.size + part.length > this.limit) throw this.tooLarge();
    for (let at = 0; at < part.length; ) {
      const end = Math.min(part.length, at + block - ((this.size + at) % block));
      const piece = part.subarray(at, end);
      if (!isZero(piece)) await this.#writePiece(piece, this.size + at);
      at = end;
    }
    this.size += part.length;
  }

  /** Ends the file, which may end with a hole. */
  end(): void {
    ftruncateSync(this.file, this.size);
  }

  async #writePiece(piece: Buffer, position: number): Promise<void> {
    this.#unchecked += piece.length;
    if (this.#unchecked > 64 * 2 ** 20) {
      requireSpace(this.folder, 0);
      this.#unchecked = 0;
    }
    await writeAll(this.file, piece, position);
  }
}

/** @throws BuildError unless a filesystem has room for so many bytes, and some more */
export function requireSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize - bytes >= reserve) return;
  throw new BuildError(`source_image: the filesystem of ${folder} has no room to unpack it`, {
    hint: 'Free space there, or set state_dir to a directory on a larger filesystem.',
  });
}

/** A copy to an empty disk. */
export interface DiskCopy {
  readonly from: number;
  /** Open for reading and writing. */
  readonly to: number;
  /** Bytes. */
  readonly size: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

const piece = 4 * 2 ** 20;

/**
 * Copies an image to an empty disk, and writes only what is not zero. If the disk turns out not to be empty,
 * the zeros are written, too.
 * @returns the bytes that were written
 */
export async function copySparsely(copy: DiskCopy): Promise<number> {
  const written = (await copyOnce(copy, true)) ?? (await copyOnce(copy, false)) ?? 0;
  fsyncSync(copy.to);
  return written;
}

/** @returns undefined once a part to skip is not zero on the disk */
async function copyOnce(
  { from, to, size, signal, onProgress }: DiskCopy,
  skipsZeros: boolean,
): Promise<number | undefined> {
  let written = 0;
  for (let at = 0; at < size; at += piece) {
    signal.throwIfAborted();
    const part = await readPart(from, at, Math.min(piece, size - at));
    if (part.length === 0) break;
    let sampled = false;
    for (let start = 0; start < part.length; start += block) {
      const own = part.subarray(start, start + block);
      if (!skipsZeros || !isZero(own)) {
        await writeAll(to, own, at + start);
        written += own.length;
      } else if (!sampled) {
        // One sample of each piece: reading all of a volume takes as long as writing it.
        if (!isZero(await readPart(to, at + start, Math.min(4096, own.length)))) return undefined;
        sampled = true;
      }
    }
    onProgress(at + part.length);
  }
  return written;
}

/** Bytes of a regular file. */
export const sizeOf = (file: number): number => fstatSync(file).size;
