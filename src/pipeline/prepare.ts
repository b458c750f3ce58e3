import type { BuildConfig, HalfConfig } from '../config/options/table.js';
import type { FileToInject } from '../host/image/injected-files.js';
import type { VmFacts } from '../host/vm.js';
import { registersImage } from '../runtime/registers-image.js';
import type { Tools } from '../runtime/tools.js';
import { type BuildContext, contextOf, originOf, type Target } from '../steps/build-context.js';
import { claimName } from '../steps/check.js';
import { undoImage } from '../steps/image.js';
import { requirePermission } from '../steps/image-permission.js';
import type { FilledTexts, Tags } from '../steps/labels.js';
import { type Source, sourceOf } from '../steps/source.js';
import { checkBuild, type Resolved } from './checks.js';
import { copyIfForeign } from './copied-source.js';

/** What is known before the build creates the volume. */
export interface Prepared {
  /** Its source is the copy, if the source of another account had to be copied. */
  readonly context: BuildContext;
  /** Undefined if `mount` was not given the name of the OMI. */
  readonly target: Target | undefined;
  /** The rendered texts of the OMI that are set. */
  readonly texts: FilledTexts;
  /** The files of the VM to inject into the image. */
  readonly files: readonly FileToInject[];
  readonly volumeTags: Tags;
  /** The source that the user named; undefined when building from scratch. */
  readonly origin: Source['origin'] | undefined;
}

/**
 * Finds the source, checks everything that can be checked before the build creates anything, and copies the
 * source of another account if its snapshots are not shared. For a whole build there always is a target.
 * @param resolved the result of `resolveBuild`, if it is known
 */
export async function prepare(
  config: BuildConfig,
  vm: VmFacts,
  tools: Tools,
  resolved?: Resolved,
): Promise<Prepared & { readonly target: Target }>;
export async function prepare(config: HalfConfig, vm: VmFacts, tools: Tools): Promise<Prepared>;
export async function prepare(
  config: BuildConfig | HalfConfig,
  vm: VmFacts,
  tools: Tools,
  resolved?: Resolved,
): Promise<Prepared> {
  const {
    context: initial,
    target: wanted,
    ...checked
  } = await tools.report.phase('Check', async () => {
    const all = await checkBuild(config, vm, tools, resolved);
    await tools.ledger.begin(all.context.account);
    if (all.target !== undefined) await claimName(all.target, config.image, tools);
    return all;
  });
  const copy = await copyIfForeign(initial, tools);
  const context = copy === undefined ? initial : contextOf(sourceOf(copy), initial, config.volume);
  if (registersImage(config.image)) await requirePermission(context, wanted, undoImage, tools);
  const target = wanted === undefined ? undefined : { ...wanted, ...context };
  return { ...checked, context, target, origin: originOf(initial) };
}
