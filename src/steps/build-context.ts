import type { BuildConfig } from '../config/options/table.js';
import type { Growth } from '../host/disk/growth.js';
import type { VmFacts } from '../host/vm.js';
import type { Elsewhere } from '../ledger/elsewhere.js';
import type { Image } from '../outscale/api.js';
import { isLarger } from '../outscale/images/root-volume.js';
import type { Labels } from './labels.js';
import type { Source } from './source.js';

/** The account, VM and source of a build. */
export interface BuildContext {
  readonly account: string;
  readonly vm: VmFacts;
  /** Undefined when building from scratch. */
  readonly source: Source | undefined;
  readonly growth: Growth;
}

/** The OMI to create. `checkTarget` has validated it. */
export interface Target extends BuildContext {
  readonly labels: Labels;
  /** The existing OMI of the same name, which the new one replaces. */
  readonly replaces: Image | undefined;
  /** The digest of what it is built from, if later builds may reuse it. */
  readonly digest?: string | undefined;
  /** The same OMI in other regions. */
  readonly regions?: readonly RegionalTarget[] | undefined;
}

/** The OMI to create in another region. */
export interface RegionalTarget {
  readonly elsewhere: Elsewhere;
  readonly name: string;
  readonly replaces: Image | undefined;
}

/** The context of a build from a source, or from scratch. */
export const contextOf = (
  source: Source | undefined,
  { account, vm }: Pick<BuildContext, 'account' | 'vm'>,
  config: BuildConfig['volume'],
): BuildContext => ({
  account,
  vm,
  source,
  growth: growthFor(source, config),
});

/** A volume that is larger than its source is a wish to grow the root, which must not be ignored. */
function growthFor(source: Source | undefined, config: BuildConfig['volume']): Growth {
  if (!config.grow_root) return 'never';
  return source !== undefined && isLarger(config, source.root) ? 'required' : 'optional';
}

/** The context of a build from an image whose disk has this size. */
export const withSize = (
  context: BuildContext,
  bytes: number,
  config: BuildConfig['volume'],
): BuildContext => {
  const { source } = context;
  if (source === undefined) return context;
  const root = { ...source.root, VolumeSize: Math.max(1, Math.ceil(bytes / 2 ** 30)) };
  return contextOf({ ...source, root }, context, config);
};

/** The OMI that the user named as source; undefined from scratch and from an image. */
export const originOf = (context: Pick<BuildContext, 'source'> | undefined): Source['origin'] | undefined =>
  context?.source?.file === undefined ? context?.source?.origin : undefined;
