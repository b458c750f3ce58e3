import type { BuildConfig, HalfConfig } from '../config/options/table.js';
import type { FileToInject } from '../host/image/injected-files.js';
import type { VmFacts } from '../host/vm.js';
import { sbomPath } from '../runtime/sbom-path.js';
import type { Tools } from '../runtime/tools.js';
import { type BuildContext, contextOf, type Target } from '../steps/build-context.js';
import { checkContext, checkTarget, signIn } from '../steps/check.js';
import { type FilledTexts, fillTexts, fillVolumeTags, labelsOf, type Tags } from '../steps/labels.js';
import { checkMountPoint } from '../steps/mount-point.js';
import { findSource } from '../steps/source.js';
import { checkBootTest } from './boot-test.js';
import { checkCache } from './cache.js';
import { checkExport } from './export.js';
import { regionsOf } from './regions/lazy.js';
import { checkSourceImage } from './source-image.js';

/** What the checks of a build find. */
export interface Checked {
  readonly context: BuildContext;
  /** Undefined if the name of the OMI is not set, which only `mount` allows. */
  readonly target: Target | undefined;
  /** The rendered texts of the OMI that are set. */
  readonly texts: FilledTexts;
  /** The files of the VM to inject into the image. */
  readonly files: readonly FileToInject[];
  readonly volumeTags: Tags;
}

/** What a build starts from, and the rendered texts of its results. */
export type Resolved = Pick<Checked, 'context' | 'texts' | 'volumeTags'>;

/** Finds the account and the source. The first part of the checks. @throws as checkBuild */
export async function resolveBuild(
  config: BuildConfig | HalfConfig,
  vm: VmFacts,
  tools: Tools,
): Promise<Resolved> {
  const account = await signIn(vm, tools);
  const source = await findSource(config.source, account, tools);
  const context = contextOf(source, { account, vm }, config.volume);
  const volumeTags = await fillVolumeTags(config.volume, context, tools);
  const texts = await fillTexts('given' in config ? config.given : config.image, context, tools);
  return { context, texts, volumeTags };
}

/**
 * All checks before a build creates anything, in the order of a build, for `build`, `mount` and `plan`. They
 * change nothing.
 * @param resolved the result of `resolveBuild`, if it is known
 * @throws BuildError for the first failed check; ApiError if the API refuses a call.
 */
export async function checkBuild(
  config: BuildConfig | HalfConfig,
  vm: VmFacts,
  tools: Tools,
  resolved?: Resolved,
): Promise<Checked> {
  const { context, texts, volumeTags } = resolved ?? (await resolveBuild(config, vm, tools));
  tools.report.target(texts.name, `${vm.region}, account ${context.account || 'unknown'}, VM ${vm.vmId}`);
  const target =
    texts.name === undefined ? undefined : await checkTarget(config.image, context, labelsOf(texts), tools);
  await checkMountPoint(config.mount, tools);
  sbomPath(config.quality.sbom, tools.build);
  await checkBootTest(config.bootTest);
  await checkCache(config.provision, tools);
  await checkSourceImage(config, tools);
  await checkExport(config, context, tools);
  const regions = target === undefined ? [] : await regionsOf(config, target, tools);
  const files = await checkContext(context, config, tools);
  tools.report.result('passed');
  return { context, target: target && { ...target, regions }, texts, files, volumeTags };
}
