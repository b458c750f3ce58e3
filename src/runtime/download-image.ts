import { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import { BuildError } from '../common/errors.js';
import { sleep } from '../common/wait.js';
import { ImageCache } from '../fleet/image-cache.js';
import { download } from '../host/source-image/download/download.js';
import { proxyFor } from '../outscale/client/proxy.js';
import { digestOf, requireChecksum } from './source-file.js';
import type { Tools } from './tools.js';

/** Milliseconds between two looks at the download of another build. */
const interval = 500;

/**
 * Opens the image of a URL, from the cache or after its download. Its checksum is the expected one.
 * @returns a descriptor, open for reading
 * @throws BuildError if it cannot be downloaded, or has another checksum
 */
export async function openDownloaded(url: string, checksum: string, tools: Tools): Promise<number> {
  const { build, signal, report } = tools;
  const cache = ImageCache.in(build.stateDir, build.user);
  if (cache === undefined) throw new BuildError(`state_dir: ${build.stateDir} does not exist`);
  for (let isFirst = true; ; isFirst = false) {
    const cached = cache.open(checksum);
    if (cached !== undefined) {
      if ((await digestOf(cached, signal)) === checksum) return cached;
      closeSync(cached);
      report.warn('The image in the cache is damaged: it is downloaded again');
      cache.remove(checksum);
    }
    const part = await cache.openPart(checksum, signal);
    if (part !== undefined) return await complete(part, { url, checksum, cache }, tools);
    if (isFirst) report.info('Another build on this VM downloads the image: waiting for it');
    await sleep(interval, signal);
  }
}

interface Wanted {
  readonly url: string;
  readonly checksum: string;
  readonly cache: ImageCache;
}

/** @param part locked; it is closed after an error, and stays in the cache unless its content is wrong */
async function complete(part: number, wanted: Wanted, tools: Tools): Promise<number> {
  const { checksum, cache } = wanted;
  try {
    const isContinued = fstatSync(part).size > 0;
    await fetchInto(part, wanted, tools);
    let found = await digestOf(part, tools.signal);
    if (found !== checksum && isContinued) {
      tools.report.notice('What an earlier build had downloaded is not a part of this file: starting again');
      ftruncateSync(part, 0);
      await fetchInto(part, wanted, tools);
      found = await digestOf(part, tools.signal);
    }
    if (found !== checksum) cache.remove(checksum);
    requireChecksum(found, checksum);
    cache.finish(checksum, part);
    return part;
  } catch (error) {
    closeSync(part);
    throw error;
  }
}

async function fetchInto(file: number, { url, checksum, cache }: Wanted, tools: Tools): Promise<void> {
  const { build, signal, report } = tools;
  const begin = performance.now();
  const makeRoom = (bytes: number): void => {
    if (bytes > cache.limit)
      throw new BuildError(`source_image: it is larger than the cache of ${cache.limit / 2 ** 30} GiB`, {
        hint: 'Download it in a step of the job, and set source_image to its path.',
      });
    cache.makeRoom(bytes, checksum);
  };
  await download({
    url,
    file,
    signal,
    sleep,
    authorities: build.authorities?.(),
    proxyFor: (target) => proxyFor(target, build.passthroughEnv),
    onLength: makeRoom,
    onProgress: (bytes, total) => {
      if (total === undefined) makeRoom(bytes);
      const mebibytes = `${(bytes / 2 ** 20).toFixed(0)}${total === undefined ? '' : ` of ${(total / 2 ** 20).toFixed(0)}`} MiB`;
      const percent = total === undefined ? undefined : Math.floor((100 * bytes) / total);
      report.progress('source image', `downloaded ${mebibytes}`, percent, (performance.now() - begin) / 1000);
    },
    onRetry: (why) => report.notice(`Download interrupted, continuing: ${why}`),
  });
}
