import type { BuildConfig } from '../config/options/table.js';
import type { FileToInject } from '../host/image/injected-files.js';
import type { VmFacts } from '../host/vm.js';
import type { Tools } from '../runtime/tools.js';
import { type BuildContext, checkContext, contextOf, signIn, type Target } from '../steps/check.js';
import { undoImage } from '../steps/image.js';
import { requireRights } from '../steps/image-permission.js';
import { fillVolumeTags } from '../steps/labels.js';
import { checkMountPoint } from '../steps/mount-point.js';
import { findSource, type Source, sourceOf } from '../steps/source.js';
import { copyIfForeign } from '../steps/source-copy.js';

/** What is known before the volume is made. */
export interface Prepared {
  /** With the copy of a foreign source in its place. */
  readonly context: BuildContext;
  /** The files of the VM that the image is lent. */
  readonly filesToInject: readonly FileToInject[];
  readonly volumeTags: Readonly<Record<string, string>>;
  /** What the user builds from; none from scratch. */
  readonly origin: Source['origin'] | undefined;
}

/**
 * Finds the source, refuses what can be refused before it costs, and copies a foreign source where that must be.
 * @param aim looks at what the build is to end with, as far as that is told already.
 */
export async function prepare<Aims extends { readonly target?: Target | undefined }>(
  config: Pick<BuildConfig, 'source' | 'volume' | 'mount'> & {
    readonly image: Pick<BuildConfig['image'], 'skip_create_omi'>;
  },
  vm: VmFacts,
  aim: (context: BuildContext) => Promise<Aims>,
  tools: Tools,
): Promise<Prepared & Aims> {
  const checked = await tools.report.phase('Check', async () => {
    const account = await signIn(tools);
    const found = contextOf(await findSource(config.source, account, tools), { account, vm }, config.volume);
    const volumeTags = await fillVolumeTags(config.volume, found, tools);
    const aims = await aim(found);
    checkMountPoint(config.mount, tools);
    const filesToInject = await checkContext(found, config, tools);
    return { found, aims, filesToInject, volumeTags };
  });
  const { found, aims, ...rest } = checked;
  const copy = await copyIfForeign(found, tools);
  const context = copy === undefined ? found : contextOf(sourceOf(copy), found, config.volume);
  if (!config.image.skip_create_omi) await requireRights(context, aims.target, undoImage, tools);
  return { ...aims, ...rest, context, origin: found.source?.origin };
}
