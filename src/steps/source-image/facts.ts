import { BuildError } from '../../common/errors.js';
import type { ImageConfig } from '../../config/options/table.js';
import type { DiskLayout } from '../../host/disk/partitions.js';
import type { ImageTree } from '../../host/image/image-fs.js';
import { bootModesOf } from '../../host/source-image/boot/boot-modes.js';
import { architectureOf } from '../../host/source-image/boot/elf.js';
import { architectures } from '../../runtime/architectures.js';
import type { Tools } from '../../runtime/tools.js';
import type { BuildContext } from '../build-context.js';

type Config = Pick<ImageConfig, 'architecture' | 'omi_boot_modes'>;

/**
 * The context with the architecture of the programs in the image, which an OMI would name.
 * @throws BuildError if this VM cannot run them
 */
export function withArchitecture(tree: ImageTree, context: BuildContext, { report }: Tools): BuildContext {
  const found = architectureOf(tree);
  if (found === undefined) {
    report.notice('source_image: no program shows the architecture of the image');
    return context;
  }
  if (!architectures.includes(found))
    throw new BuildError(
      `source_image: it is for ${found}, which this VM (${architectures.join(', ')}) cannot run`,
    );
  return withImage(context, { Architecture: found });
}

/** The context with the boot modes that the disk has a boot loader for. Nothing of it may be mounted. */
export function withBootModes(
  layout: DiskLayout,
  context: BuildContext,
  config: Config,
  { report }: Tools,
): BuildContext {
  if (config.omi_boot_modes !== undefined) return context;
  const modes = bootModesOf(layout);
  if (modes.length === 0) {
    report.warn('No boot loader found on the disk: neither BIOS boot code nor one for UEFI');
    return context;
  }
  report.info(`Boot loaders on the disk: ${modes.join(', ')}`);
  return withImage(context, { BootModes: modes });
}

type Facts = Pick<NonNullable<BuildContext['source']>['image'], 'Architecture' | 'BootModes'>;

const withImage = (context: BuildContext, facts: Facts): BuildContext =>
  context.source === undefined
    ? context
    : { ...context, source: { ...context.source, image: { ...context.source.image, ...facts } } };
