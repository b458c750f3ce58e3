import type { ImageConfig } from '../config/options/table.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from '../steps/check.js';
import { discardSnapshots } from '../steps/discard.js';
import { type BuildImage, registerImage } from '../steps/image.js';
import { removeReplaced } from '../steps/replace.js';
import { finishImage } from '../steps/share.js';
import { type BuildSnapshot, markKept, takeSnapshot } from '../steps/snapshot.js';
import type { Source } from '../steps/source.js';
import type { BuildVolume } from '../steps/volume.js';

/** What a build leaves, and what it came from. */
export interface Outcome {
  /** None where only the snapshot was asked for. */
  readonly image: BuildImage | undefined;
  readonly snapshot: BuildSnapshot;
  readonly volume: BuildVolume;
  /** None from scratch. */
  readonly source: Source['origin'] | undefined;
}

/** Makes snapshot and OMI of a volume that is detached, and keeps them: the second half of a build. */
export async function publish(
  volume: BuildVolume,
  target: Target,
  config: ImageConfig,
  tools: Tools,
): Promise<Omit<Outcome, 'source'>> {
  await using snapshot = await takeSnapshot(volume, target, config, tools);
  const made = { snapshot: snapshot.value, volume };
  if (config.skip_create_omi) {
    await markKept(snapshot.value, tools);
    tools.ledger.finalize([snapshot.claim]);
    return { ...made, image: undefined };
  }
  await using _discarded = await discardSnapshots(target, config.force_delete_snapshot, tools);
  await using replaced = await removeReplaced(target, tools);
  await using image = await registerImage(snapshot.value, volume, target, config, tools);
  await finishImage(image.value, target, config, tools);
  await markKept(snapshot.value, tools);
  tools.ledger.finalize([snapshot.claim, image.claim, ...(replaced === undefined ? [] : [replaced.claim])]);
  return { ...made, image: image.value };
}
