import type { BuildConfig, ImageConfig } from '../../config/options/table.js';
import type { Elsewhere } from '../../ledger/elsewhere.js';
import type { Tools } from '../../runtime/tools.js';
import type { RegionalTarget, Target } from '../../steps/build-context.js';
import { discardSnapshots } from '../../steps/discard.js';
import { registerImage } from '../../steps/image.js';
import { importSnapshot, type ToImport } from '../../steps/regions/import-snapshot.js';
import { removeReplaced } from '../../steps/replace.js';
import { finishImage } from '../../steps/share.js';
import { type BuildSnapshot, markFinal, undoSnapshot } from '../../steps/snapshot.js';
import type { BuildVolume } from '../../steps/volume.js';
import { ResourceStack } from './resource-stack.js';

/** The work in one region. */
export interface RegionalWork {
  readonly elsewhere: Elsewhere;
  readonly target: Target;
  /** Those of the region. */
  readonly tools: Tools;
  /** Aborted when another region has failed, and this one shall stop. */
  readonly stop: AbortSignal;
  /** What was created there. */
  readonly stack: ResourceStack;
}

/** The snapshots of the OMI in a region, the root first. */
type ImportedSnapshots = readonly [BuildSnapshot, ...BuildSnapshot[]];

/** The OMI in a region. */
export interface RegionalImage {
  readonly elsewhere: Elsewhere;
  readonly id: string;
  readonly name: string;
  /** The root first. */
  readonly snapshots: readonly string[];
}

/** Prepares the work in a region. Creates nothing. */
export async function openRegion(
  { elsewhere, name, replaces }: RegionalTarget,
  target: Target,
  stop: AbortSignal,
  tools: Tools,
): Promise<RegionalWork> {
  const { regions: _, ...home } = target;
  const labels = { ...home.labels, name };
  return {
    elsewhere,
    target: { ...home, account: elsewhere.account, labels, replaces },
    tools: await tools.inRegion(elsewhere, stop),
    stop,
    stack: new ResourceStack(),
  };
}

/** Imports the exported snapshots, one after the other. */
export async function importAll(
  { target, tools, stop, stack }: RegionalWork,
  [root, ...others]: readonly [ToImport, ...ToImport[]],
  config: Pick<BuildConfig['image'], 'snapshot_users' | 'snapshot_groups'>,
): Promise<ImportedSnapshots> {
  const importOne = async (one: ToImport, number: number): Promise<BuildSnapshot> => {
    stop.throwIfAborted();
    return stack.add(await importSnapshot(one, number, target, config, undoSnapshot, tools)).value;
  };
  const main = await importOne(root, 1);
  const copies: BuildSnapshot[] = [];
  for (const one of others) copies.push(await importOne(one, copies.length + 2));
  const ids = new Map(others.map(({ id }, index) => [id, copies[index]?.id ?? '']));
  return [{ ...main, others: ids }, ...copies];
}

/**
 * Registers the OMI from imported snapshots, tags and shares it as at home, and replaces that of its name.
 */
export async function registerThere(
  { elsewhere, target, tools, stack }: RegionalWork,
  snapshots: ImportedSnapshots,
  volume: BuildVolume,
  config: ImageConfig,
): Promise<RegionalImage> {
  stack.add(await discardSnapshots(target, config.force_delete_snapshot, tools));
  stack.add(await removeReplaced(target, tools));
  const image = stack.add(await registerImage(snapshots[0], volume, target, config, tools));
  await finishImage(image.value, target, config, tools);
  for (const one of snapshots) await markFinal(one, true, tools);
  const { id, name } = image.value;
  return { elsewhere, id, name, snapshots: snapshots.map((one) => one.id) };
}
