import { closeSync, fchmodSync, fstatSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { Command } from '../exec/exec.js';
import { requirePrograms } from '../exec/programs.js';
import { openNameless } from '../nameless-file.js';
import { type Format, formatOf, headLength, requireDisk } from './format.js';
import { programsFor } from './programs.js';
import { readQcow2 } from './qcow2.js';
import { runConfined } from './run-confined.js';
import { readPart, requireSpace, SparseWriter, sizeOf } from './sparse.js';

/** Where and how an image is unpacked. */
export interface Unpacking {
  /** For temporary files, which have no name. */
  readonly folder: string;
  /** Maximum bytes of the disk in the image. */
  readonly limit: number;
  /** Maximum bytes that a compressed image unpacks to. */
  readonly unpackedLimit: number;
  /** The error for a larger one. */
  readonly tooLarge: (bytes: bigint | undefined) => BuildError;
  readonly signal: AbortSignal;
  /** Called often with what is done, and how much of it in percent, if that is known. */
  readonly onProgress: (what: string, percent: number | undefined) => void;
}

/** A raw image in an open file. */
export interface RawImage extends Disposable {
  readonly descriptor: number;
  /** Bytes. */
  readonly size: number;
  /** What the image was, from the outside: `xz`, `qcow2`. */
  readonly formats: readonly Format[];
}

type Compressed = Exclude<Format, 'raw' | 'qcow2'>;

/** MiB that a decompressor may use for its dictionary or window. */
const window = 256;

const decompressors: { readonly [F in Compressed]: Command } = {
  xz: ['xz', '--decompress', '--stdout', '--threads=1', `--memlimit-decompress=${window}MiB`],
  gzip: ['gzip', '--decompress', '--stdout'],
  zstd: ['zstd', '--decompress', '--stdout', '--quiet', `--memory=${window}MB`],
};

/** Bytes of address space; threads of qemu-img have 8 MiB of it each. */
const memory = 2 * 2 ** 30;

/** Descriptors 3 and 4 as file names: qemu-img takes nothing else. */
const inherited = ['/proc/self/fd/3', '/proc/self/fd/4'];

/** Bytes that the set-up of the namespaces may write. */
const leastFileSize = 64 * 2 ** 20;

/** Milliseconds. */
const timeout = 30 * 60_000;

/**
 * Makes a raw image of an image in any supported format, by its content, as a file without a name. A raw
 * image stays where it is.
 * @param source open for reading; the result owns it, and it is closed after an error
 * @throws BuildError if it is not an image that build-omi takes, or lacks a program
 */
export async function toRaw(source: number, how: Unpacking): Promise<RawImage> {
  let descriptor = source;
  const formats: Format[] = [];
  try {
    while (true) {
      const head = await readPart(descriptor, 0, headLength);
      const format = formatOf(head);
      if (formats.some((one) => one !== 'qcow2') && format !== 'raw' && format !== 'qcow2')
        throw new BuildError('source_image: it is compressed twice', { hint: 'Decompress it once.' });
      // The sectors of a qcow2 image can begin like any format: they are the disk.
      const isDisk = format === 'raw' || formats.includes('qcow2');
      formats.push(isDisk ? 'raw' : format);
      if (isDisk) {
        requireDisk(head);
        const size = sizeOf(descriptor);
        if (size > how.limit) throw how.tooLarge(BigInt(size));
        const own = descriptor;
        return { descriptor: own, size, formats, [Symbol.dispose]: () => closeSync(own) };
      }
      requirePrograms(programsFor(format));
      const next = await (format === 'qcow2'
        ? convert(descriptor, head, how)
        : unpack(descriptor, format, how));
      closeSync(descriptor);
      descriptor = next;
    }
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** A new file; it is closed after an error. */
async function made(folder: string, fill: (file: number) => Promise<void>): Promise<number> {
  const file = openNameless(folder);
  try {
    await fill(file);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

async function unpack(source: number, format: Compressed, how: Unpacking): Promise<number> {
  return await made(how.folder, async (file) => {
    const out = new SparseWriter(file, how.folder, how.unpackedLimit, () => how.tooLarge(undefined));
    await runConfined({
      name: format,
      command: ['sh', '-c', 'exec "$@" <&3', 'sh', ...decompressors[format]],
      descriptors: [source],
      limits: { fileSize: leastFileSize, memory },
      timeout,
      signal: how.signal,
      onOutput: async (part) => {
        await out.write(part);
        how.onProgress(`unpacked ${(out.size / 2 ** 20).toFixed(0)} MiB (${format})`, undefined);
      },
    });
    out.end();
  });
}

/** A copy that another user can read by its descriptor; the file itself if that is the case already. */
async function readable(source: number, folder: string): Promise<{ file: number } & Disposable> {
  if ((fstatSync(source).mode & 0o004) !== 0) return { file: source, [Symbol.dispose]: () => {} };
  requireSpace(folder, sizeOf(source));
  const file = await made(folder, async (copy) => {
    const size = sizeOf(source);
    const out = new SparseWriter(copy, folder, size, () => new BuildError('source_image: it is growing'));
    for (let at = 0; at < size; at += 2 ** 20) await out.write(await readPart(source, at, 2 ** 20));
    out.end();
    fchmodSync(copy, 0o644);
  });
  return { file, [Symbol.dispose]: () => closeSync(file) };
}

async function convert(source: number, head: Buffer, how: Unpacking): Promise<number> {
  const size = readQcow2(head);
  if (size > BigInt(how.limit)) throw how.tooLarge(size);
  return await made(how.folder, async (file) => {
    using input = await readable(source, how.folder);
    // It has no name: only qemu-img can open it, by its descriptor.
    fchmodSync(file, 0o666);
    let text = '';
    await runConfined({
      name: 'qemu-img',
      command: ['qemu-img', 'convert', '-p', '-f', 'qcow2', '-O', 'raw', ...inherited],
      descriptors: [input.file, file],
      limits: { fileSize: Math.max(Number(size), leastFileSize), memory, hasProc: true },
      timeout,
      signal: how.signal,
      onOutput: (part) => {
        text = (text + part.toString('latin1')).slice(-100);
        const percent = /\(([\d.]+)\/100%\)[^(]*$/.exec(text)?.[1];
        how.onProgress('converted (qcow2)', percent === undefined ? undefined : Number(percent));
      },
    });
    fchmodSync(file, 0o600);
  });
}
