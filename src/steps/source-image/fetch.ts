import { closeSync } from 'node:fs';
import { BuildError } from '../../common/errors.js';
import type { BuildConfig } from '../../config/options/table.js';
import { isUrl } from '../../config/types/source-image.js';
import { requirePrograms } from '../../host/exec/programs.js';
import { formatOf, headLength } from '../../host/source-image/format.js';
import { programsFor, programsForName } from '../../host/source-image/programs.js';
import { type RawImage, toRaw } from '../../host/source-image/raw-image.js';
import { readPart } from '../../host/source-image/sparse.js';
import { openDownloaded } from '../../runtime/download-image.js';
import { digestOf, openSourceFile, requireChecksum } from '../../runtime/source-file.js';
import type { Tools } from '../../runtime/tools.js';

type Config = Pick<BuildConfig, 'source' | 'volume'>;

/** GiB: the largest volume (user guide, "About Volumes"), and a compressed image without root_volume_size. */
const [largestVolume, largestUnpacked] = [14_901, 100];

/**
 * Checks, as far as that is possible without a download, that this VM has the programs to read an image.
 * @throws BuildError that names those that are missing, or the format that is not supported
 */
export async function checkImage({ source_image: location }: Config['source'], tools: Tools): Promise<void> {
  if (location === undefined) return;
  if (isUrl(location)) return requirePrograms(programsForName(new URL(location).pathname));
  const file = openSourceFile(location, tools);
  try {
    requirePrograms({
      ...programsForName(location),
      ...programsFor(formatOf(await readPart(file, 0, headLength))),
    });
  } finally {
    closeSync(file);
  }
}

/**
 * Opens the image of a build as a raw one: downloaded, verified, unpacked, converted. Nothing is made outside
 * of this VM before, and here nothing stays but the cache of downloads.
 * @param sha256 its checksum
 * @throws BuildError if it is not an image that build-omi takes, or does not fit into the volume
 */
export async function fetchImage(
  { source: { source_image: location }, volume }: Config,
  sha256: string,
  tools: Tools,
): Promise<RawImage> {
  if (location === undefined) throw new BuildError('source_image: is missing');
  return await tools.report.phase('Fetch source image', async () => {
    const begin = performance.now();
    const file = isUrl(location)
      ? await openDownloaded(location, sha256, tools)
      : await openVerified(location, sha256, tools);
    const size = volume.root_volume_size;
    const image = await toRaw(file, {
      folder: tools.build.stateDir,
      limit: (size ?? largestVolume) * 2 ** 30,
      unpackedLimit: (size ?? largestUnpacked) * 2 ** 30,
      tooLarge: (bytes) => tooLarge(bytes, size),
      signal: tools.signal,
      onProgress: (what, percent) =>
        tools.report.progress('source image', what, percent, (performance.now() - begin) / 1000),
    });
    const format = image.formats.join(', ');
    tools.report.result(`${(image.size / 2 ** 20).toFixed(0)} MiB, ${format}`);
    return image;
  });
}

/** A file can change after it was identified. */
async function openVerified(path: string, sha256: string, tools: Tools): Promise<number> {
  const file = openSourceFile(path, tools);
  try {
    requireChecksum(await digestOf(file, tools.signal), sha256);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function tooLarge(bytes: bigint | undefined, size: number | undefined): BuildError {
  const gibibytes = bytes === undefined ? undefined : (bytes + 2n ** 30n - 1n) / 2n ** 30n;
  const limit = size ?? (bytes === undefined ? largestUnpacked : largestVolume);
  const what = gibibytes === undefined ? `more than ${limit} GiB` : `${gibibytes} GiB`;
  if (gibibytes !== undefined && gibibytes > BigInt(largestVolume))
    return new BuildError(`source_image: its disk has ${what}, more than the largest volume (${limit} GiB)`);
  const problem = size === undefined ? 'unpacked' : `which do not fit into root_volume_size: ${size} GiB`;
  return new BuildError(`source_image: its disk has ${what}, ${problem}`, {
    hint:
      gibibytes === undefined
        ? 'Set root_volume_size to the size of its disk, if the image is what you expect.'
        : `Set root_volume_size to ${gibibytes} or more.`,
  });
}
