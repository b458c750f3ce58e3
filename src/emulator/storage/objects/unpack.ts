import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { BuildError } from '../../../common/errors.js';
import { exec } from '../../../host/exec/exec.js';
import { isZero } from './pack.js';

/** Magic numbers: RFC 1952, section 2.3.1; docs/interop/qcow2.rst of QEMU. */
const magic = { gzip: Buffer.from([0x1f, 0x8b]), qcow2: Buffer.from('QFI\u00fb', 'latin1') };

/**
 * Turns a downloaded disk image into a raw one, in place: decompresses gzip and converts qcow2, as the API
 * does at an import.
 * @throws BuildError if the raw image is longer than `most` bytes
 */
export async function unpack(path: string, most: number, signal: AbortSignal): Promise<void> {
  if (await begins(path, magic.gzip))
    await replace(path, async (to) => {
      const source = createReadStream(path).pipe(createGunzip({ chunkSize: 2 ** 20 }));
      await writeSparse(source, to, most, signal);
    });
  if (await begins(path, magic.qcow2))
    await replace(path, async (to) => {
      await exec(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', '--', path, to], {
        limit: 'copy',
        signal,
      });
    });
}

async function replace(path: string, write: (to: string) => Promise<void>): Promise<void> {
  const to = `${path}.unpacked.download`;
  try {
    await write(to);
    await rename(to, path);
  } finally {
    await rm(to, { force: true });
  }
}

async function begins(path: string, bytes: Buffer): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes.length), 0, bytes.length, 0);
    return bytesRead === bytes.length && buffer.equals(bytes);
  } finally {
    await file.close();
  }
}

/** Writes a stream to a file, and leaves holes where it has zeros. */
async function writeSparse(
  source: AsyncIterable<Buffer>,
  path: string,
  most: number,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, 'w', 0o600);
  let at = 0;
  try {
    for await (const block of source) {
      signal.throwIfAborted();
      if (at + block.length > most)
        throw new BuildError(`the disk image has more bytes than SnapshotSize (${most})`);
      if (!isZero(block)) await file.write(block, 0, block.length, at);
      at += block.length;
    }
    await file.truncate(at);
  } finally {
    await file.close();
  }
}
