import { BuildError } from '../common/errors.js';
import type { BuildConfig } from '../config/options/table.js';
import type { BsuToCreate, Image } from '../outscale/api.js';
import { readImage } from '../outscale/calls/lookups.js';
import { chooseImage, findImages, showImage } from '../outscale/images/find.js';
import { architectures } from '../runtime/architectures.js';
import { identifyFile, type SourceFile } from '../runtime/source-file.js';
import type { Tools } from '../runtime/tools.js';

/** The OMI that a build starts from. */
export interface Source {
  readonly image: Image;
  readonly origin: { readonly id: string; readonly name?: string };
  readonly rootDevice: string;
  /** The block device mapping of its root. An image of a file has no snapshot. */
  readonly root: BsuToCreate;
  /** Set if the source is not an OMI but an image of `source_image`. */
  readonly file?: SourceFile;
}

/** The architecture that a search for a source requires, unless a filter sets it. */
export const architecture = architectures[0] ?? '';

/**
 * The OMI that `source_omi` names or `source_omi_filter` finds, or the image of `source_image`; undefined
 * when building from scratch.
 * @throws BuildError if there is none, or more than one without `most_recent`.
 */
export async function findSource(
  config: BuildConfig['source'],
  account: string,
  tools: Tools,
): Promise<Source | undefined> {
  if (config.from_scratch) {
    tools.report.fact('Source', 'none, an empty volume');
    return undefined;
  }
  if (config.source_image !== undefined) {
    const file = await identifyFile(config.source_image, config.source_image_sha256, tools);
    tools.report.fact('Source', file.location);
    return sourceFrom(file);
  }
  const image = await (config.source_omi_filter === undefined
    ? readNamed(config.source_omi, tools)
    : findFiltered(config, account, tools));
  const source = sourceOf(image);
  tools.report.fact('Source', describeSource(source));
  return source;
}

/** What an OMI would have, as far as it does not depend on the content of the image. */
const sourceFrom = (file: SourceFile): Source => ({
  image: {},
  origin: { id: file.location },
  rootDevice: '/dev/sda1',
  root: { VolumeType: 'gp2', DeleteOnVmDeletion: true },
  file,
});

const describeSource = ({ origin: { id, name }, root: { VolumeSize: size } }: Source): string =>
  `${[id, name].filter(Boolean).join(' ')}${size === undefined ? '' : `, ${size} GiB`}`;

async function readNamed(id: string | undefined, tools: Tools): Promise<Image> {
  if (id === undefined) throw new BuildError('source_omi: is missing');
  const image = await readImage(tools.checkCloud, id);
  if (!image) throw new BuildError(`source_omi: OMI ${id} does not exist, or this account may not use it`);
  return image;
}

/** How many of the other matches are logged. */
const runnersUp = 5;

async function findFiltered(
  { source_omi: pin, source_omi_filter: wanted }: BuildConfig['source'],
  account: string,
  tools: Tools,
): Promise<Image> {
  if (wanted === undefined) throw new BuildError('source_omi_filter: is missing');
  const found = await findImages(tools.checkCloud, account, { ...wanted, pin, architecture });
  if (pin !== undefined && found.length === 0) {
    throw new BuildError(
      `source_omi: ${pin} does not exist, is not available, or does not match source_omi_filter`,
    );
  }
  const chosen = chooseImage(found, wanted.most_recent);
  const others = found.filter((image) => image !== chosen);
  if (others.length > 0) {
    tools.report.info(
      `${found.length} OMIs match source_omi_filter. Using the most recent one. The next ones are:`,
    );
    for (const image of others.slice(0, runnersUp)) tools.report.info(`  ${showImage(image)}`);
  }
  return chosen;
}

/** The source as a build uses it. @throws BuildError if a build cannot use this OMI */
export function sourceOf(image: Image): Source {
  const { ImageId: id = '', ImageName: name, RootDeviceName: rootDevice = '/dev/sda1' } = image;
  if (image.State !== 'available') throw new BuildError(`source_omi: ${id} is ${image.State}, not available`);
  if (image.Architecture !== undefined && !architectures.includes(image.Architecture)) {
    throw new BuildError(
      `source_omi: ${id} is for ${image.Architecture}, which this VM (${architectures.join(', ')}) cannot run`,
    );
  }
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice)?.Bsu;
  if (root?.SnapshotId === undefined)
    throw new BuildError(`source_omi: ${id} maps no snapshot as its root ${rootDevice}`);
  return {
    image,
    origin: { id, ...(name === undefined ? {} : { name }) },
    rootDevice,
    root: { ...root, SnapshotId: root.SnapshotId },
  };
}
