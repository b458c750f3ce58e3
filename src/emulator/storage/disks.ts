import { createWriteStream, mkdirSync, truncateSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { BuildError } from '../../common/errors.js';
import { exec } from '../../host/exec/exec.js';
import { unpack } from './objects/unpack.js';

/**
 * The files of volumes and snapshots: sparse, and exactly as long as the resource.
 * A file under its final name is complete; an incomplete one has the suffix `.part`.
 */
export class Disks {
  readonly #directory: string;
  readonly #read = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(join(directory, 'volumes'), { recursive: true, mode: 0o700 });
    mkdirSync(join(directory, 'snapshots'), { recursive: true, mode: 0o700 });
  }

  /** The file of a volume (`vol-…`) or a snapshot (`snap-…`). */
  file(id: string): string {
    return join(this.#directory, id.startsWith('vol-') ? 'volumes' : 'snapshots', `${id}.raw`);
  }

  /** Removes incomplete files of a killed emulator. */
  async sweep(): Promise<void> {
    for (const folder of ['volumes', 'snapshots']) {
      const names = await readdir(join(this.#directory, folder));
      const parts = names.filter((name) => name.endsWith('.part') || name.endsWith('.download'));
      await Promise.all(parts.map((name) => rm(join(this.#directory, folder, name), { force: true })));
    }
  }

  /** Creates an empty disk of this size. */
  async create(id: string, bytes: number): Promise<void> {
    const part = `${this.file(id)}.part`;
    await resize(part, bytes);
    await rename(part, this.file(id));
  }

  /** Copies a disk and extends it to this size; the extension reads as zeros. */
  async copy(from: string, to: string, bytes: number, signal: AbortSignal): Promise<void> {
    const source = this.file(from);
    this.#read.set(source, (this.#read.get(source) ?? 0) + 1);
    try {
      await this.#copyFile(source, to, bytes, signal);
    } finally {
      const readers = (this.#read.get(source) ?? 1) - 1;
      if (readers === 0) this.#read.delete(source);
      else this.#read.set(source, readers);
    }
  }

  /**
   * Fetches a disk image from an `http:`, `https:` or `file:` URL; one from the network may be packed.
   * @throws BuildError if it is not available, or is longer than `most` bytes
   */
  async fetch(location: string, to: string, most: number, bytes: number, signal: AbortSignal): Promise<void> {
    const url = new URL(location);
    if (url.protocol === 'file:') return await this.#import(fileURLToPath(url), to, most, bytes, signal);
    const answer = await fetch(url, { signal });
    if (!answer.ok || !answer.body) throw new BuildError(`${location} answered ${answer.status}`);
    const download = `${this.file(to)}.download`;
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(download), { signal });
    await unpack(download, most, signal);
    await this.#import(download, to, most, bytes, signal);
    await rm(download, { force: true });
  }

  /** Extends a disk synchronously; the extension reads as zeros. */
  grow(id: string, bytes: number): void {
    truncateSync(this.file(id), bytes);
  }

  /** Whether the disk is being copied. */
  isRead(id: string): boolean {
    return this.#read.has(this.file(id));
  }

  async remove(id: string): Promise<void> {
    await rm(this.file(id), { force: true });
  }

  async #import(from: string, to: string, most: number, bytes: number, signal: AbortSignal): Promise<void> {
    const { size } = await stat(from);
    if (size > most)
      throw new BuildError(`the disk image has ${size} bytes, more than SnapshotSize (${most})`);
    await this.#copyFile(from, to, bytes, signal);
  }

  async #copyFile(from: string, to: string, bytes: number, signal: AbortSignal): Promise<void> {
    const part = `${this.file(to)}.part`;
    // fs.copyFile does not preserve sparse files.
    await exec(['cp', '--reflink=auto', '--sparse=always', '--', from, part], { limit: 'copy', signal });
    await resize(part, bytes);
    await rename(part, this.file(to));
  }
}

async function resize(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}
