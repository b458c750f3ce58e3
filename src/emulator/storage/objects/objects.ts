import { createReadStream, createWriteStream, mkdirSync, type ReadStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** An object of a bucket. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/**
 * The objects of the object storage: one file each, in a folder for each bucket. The name of the file is the
 * percent-encoded key, so a key has at most 255 characters in that form. An incomplete one ends with `~`,
 * which no encoded key contains.
 */
export class Objects {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = join(directory, 'objects');
  }

  /** The objects of a bucket, in the order of their keys (bytes of UTF-8, as S3 lists them). */
  async list(bucket: string): Promise<StoredObject[]> {
    const names = await readdir(join(this.#directory, bucket)).catch(() => []);
    const keys = names.filter((name) => !name.endsWith('~')).map(decodeURIComponent);
    const found = await Promise.all(keys.map(async (key) => await this.find(bucket, key)));
    return found
      .filter((one) => one !== undefined)
      .toSorted((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)));
  }

  async find(bucket: string, key: string): Promise<StoredObject | undefined> {
    const found = await stat(this.#file(bucket, key)).catch(() => undefined);
    return found && { key, size: found.size, modified: found.mtimeMs };
  }

  read(bucket: string, key: string): ReadStream {
    return createReadStream(this.#file(bucket, key));
  }

  /** Writes an object. It exists only once it is complete. */
  async write(
    bucket: string,
    key: string,
    content: Iterable<Buffer> | AsyncIterable<Buffer>,
    signal?: AbortSignal,
  ): Promise<void> {
    mkdirSync(join(this.#directory, bucket), { recursive: true, mode: 0o700 });
    const part = `${this.#file(bucket, key)}~`;
    await pipeline(content, createWriteStream(part), { signal });
    await rename(part, this.#file(bucket, key));
  }

  async remove(bucket: string, key: string): Promise<void> {
    await rm(this.#file(bucket, key), { force: true });
  }

  #file(bucket: string, key: string): string {
    // `.` and `..` are keys too, and a `~` is part of an incomplete name only.
    const name = encodeURIComponent(key).replaceAll('.', '%2E').replaceAll('~', '%7E');
    return join(this.#directory, bucket, name);
  }
}
