import { closeSync, constants, openSync } from 'node:fs';
import { requireSameDisk } from '../../host/disk/find-disk.js';
import { rereadPartitions } from '../../host/disk/kernel-partitions.js';
import type { RawImage } from '../../host/source-image/raw-image.js';
import { copySparsely } from '../../host/source-image/sparse.js';
import type { Tools } from '../../runtime/tools.js';
import type { AttachedDisk } from '../attach.js';

/** Writes an image to the empty disk of the build, which nothing else can mount or claim meanwhile. */
export async function writeImage(image: RawImage, disk: AttachedDisk, tools: Tools): Promise<void> {
  await tools.report.phase('Write source image', async () => {
    const begin = performance.now();
    const to = openSync(`/dev/${disk.disk}`, constants.O_RDWR | constants.O_EXCL);
    try {
      requireSameDisk(disk);
      const written = await copySparsely({
        from: image.descriptor,
        to,
        size: image.size,
        signal: tools.signal,
        onProgress: (done) =>
          tools.report.progress(
            'source image',
            `${(done / 2 ** 20).toFixed(0)} of ${(image.size / 2 ** 20).toFixed(0)} MiB on the volume`,
            Math.floor((100 * done) / image.size),
            (performance.now() - begin) / 1000,
          ),
      });
      tools.report.result(`${(written / 2 ** 20).toFixed(0)} MiB of data`);
    } finally {
      closeSync(to);
    }
    await rereadPartitions(disk.disk, tools.signal);
  });
}
