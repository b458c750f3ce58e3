import type { ImageConfig } from '../config/options/table.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from '../steps/build-context.js';
import { discardSnapshots } from '../steps/discard.js';
import { type BuildImage, registerImage } from '../steps/image.js';
import { removeReplaced } from '../steps/replace.js';
import { finishImage } from '../steps/share.js';
import { type BuildSnapshot, markFinal, takeSnapshot } from '../steps/snapshot.js';
import type { BuildVolume } from '../steps/volume.js';

/** The products of a build. */
export interface Outcome {
  /** Undefined with skip_create_omi. */
  readonly image: Pick<BuildImage, 'id' | 'name'> | undefined;
  readonly snapshot: Pick<BuildSnapshot, 'id'>;
  readonly volume: Pick<BuildVolume, 'size'>;
  /** An earlier build created them. */
  readonly isReused?: true;
}

/** Creates the snapshot and the OMI from a detached volume, and finalizes both together. */
export async function publish(
  volume: BuildVolume,
  target: Target,
  config: ImageConfig,
  tools: Tools,
): Promise<Outcome> {
  await using snapshot = await takeSnapshot(volume, target, config, tools);
  const products = { snapshot: snapshot.value, volume };
  if (config.skip_create_omi) {
    await markFinal(snapshot.value, false, tools);
    tools.ledger.finalize([snapshot.claim]);
    return { ...products, image: undefined };
  }
  await using _discarded = await discardSnapshots(target, config.force_delete_snapshot, tools);
  await using replaced = await removeReplaced(target, tools);
  await using image = await registerImage(snapshot.value, volume, target, config, tools);
  await finishImage(image.value, target, config, tools);
  await markFinal(snapshot.value, true, tools);
  tools.ledger.finalize([snapshot.claim, image.claim, ...(replaced === undefined ? [] : [replaced.claim])]);
  return { ...products, image: image.value };
}
