import type { BuildError } from '../common/errors.js';
import type { Claim } from '../ledger/claims.js';
import type { ExportedImage } from '../report/manifest.js';
import type { Resource } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from '../steps/build-context.js';
import { discardSnapshots } from '../steps/discard.js';
import { type BuildImage, registerImage } from '../steps/image.js';
import { type KeptVolume, keepVolume } from '../steps/products/keep-volume.js';
import { removeReplaced } from '../steps/replace.js';
import { finishImage } from '../steps/share.js';
import { type BuildSnapshot, markFinal, requestSnapshot } from '../steps/snapshot.js';
import { completeSnapshot } from '../steps/snapshots/complete.js';
import type { BuildVolume } from '../steps/volume.js';
import { exportProduct, type ProductConfig } from './export.js';
import type { Copies } from './regions/copy.js';
import { reportIds } from './regions/ids.js';
import { copyIfWanted } from './regions/lazy.js';
import type { RegionalImage } from './regions/one-region.js';

/** The products of a build. */
export interface Outcome {
  /** Undefined with skip_create_omi and keep_volume: only. */
  readonly image: Pick<BuildImage, 'id' | 'name'> | undefined;
  /** Undefined with keep_volume: only. */
  readonly snapshot: Pick<BuildSnapshot, 'id'> | undefined;
  readonly volume: Pick<BuildVolume, 'size'>;
  /** The objects of the export, if there is one. */
  readonly exported?: ExportedImage;
  /** The ID of the volume, if it is a product. */
  readonly keptVolume?: string;
  /** An earlier build created them. */
  readonly isReused?: true;
  /** The OMI in other regions. */
  readonly copies?: readonly RegionalImage[];
  /** With `omi_regions_on_failure: keep`: why a region has no copy. The build fails. */
  readonly failure?: BuildError | undefined;
}

const claimsOf = (one: Resource<unknown> | undefined): readonly Claim[] =>
  one === undefined ? [] : [one.claim];

const urlsOf = (exported: Awaited<ReturnType<typeof exportProduct>>): Pick<Outcome, 'exported'> =>
  exported === undefined ? {} : { exported: exported.value.urls };

/**
 * Creates the OMI from the snapshot of a detached volume, and finalizes both together, with the volume if
 * that is wanted.
 * @param early the snapshot if it is completed; else it is taken now
 */
export async function publish(
  early: Resource<BuildSnapshot, 'snapshot'> | undefined,
  volume: BuildVolume,
  target: Target,
  all: ProductConfig,
  tools: Tools,
): Promise<Outcome> {
  const { image: config } = all;
  const markVolume = async (): Promise<KeptVolume | undefined> =>
    config.keep_volume === false ? undefined : await keepVolume(volume, tools);
  const products = { volume, ...(config.keep_volume === false ? {} : { keptVolume: volume.id }) };
  if (config.keep_volume === 'only') {
    using kept = await keepVolume(volume, tools);
    tools.ledger.finalize(kept.claims);
    return { ...products, image: undefined, snapshot: undefined };
  }
  await using snapshot = early ?? (await requestSnapshot(volume, target, tools));
  if (early === undefined) await completeSnapshot(snapshot.value, volume, target, config, tools);
  if (config.skip_create_omi) {
    await using exported = await exportProduct(snapshot.value.id, undefined, target, all, tools);
    await markFinal(snapshot.value, false, tools);
    using kept = await markVolume();
    tools.ledger.finalize([snapshot.claim, ...claimsOf(exported), ...(kept?.claims ?? [])]);
    return { ...products, ...urlsOf(exported), snapshot: snapshot.value, image: undefined };
  }
  // A replaced OMI goes only after all regions are done.
  const isReplacing = target.replaces !== undefined;
  const copy = async (): Promise<Copies | undefined> =>
    await copyIfWanted(snapshot.value, volume, target, all, tools);
  await using before = isReplacing ? await copy() : undefined;
  await using _discarded = await discardSnapshots(target, config.force_delete_snapshot, tools);
  await using replaced = await removeReplaced(target, tools);
  await using image = await registerImage(snapshot.value, volume, target, config, tools);
  await finishImage(image.value, target, config, tools);
  await using after = isReplacing ? undefined : await copy();
  const copies = before ?? after;
  await using exported = await exportProduct(snapshot.value.id, image.value.id, target, all, tools);
  await markFinal(snapshot.value, true, tools);
  using kept = await markVolume();
  tools.ledger.finalize([
    snapshot.claim,
    image.claim,
    ...claimsOf(replaced),
    ...claimsOf(exported),
    ...(copies?.claims ?? []),
    ...(kept?.claims ?? []),
  ]);
  const { images = [], failure } = copies ?? {};
  if (all.copies.omi_regions.length > 0) reportIds(target, image.value, images, tools);
  return {
    ...products,
    ...urlsOf(exported),
    snapshot: snapshot.value,
    image: image.value,
    copies: images,
    failure,
  };
}
