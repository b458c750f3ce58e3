import { type BuildError, describe } from '../../common/errors.js';
import type { Claim } from '../../ledger/claims.js';
import type { Tools } from '../../runtime/tools.js';
import type { Target } from '../../steps/build-context.js';
import type { BuildSnapshot } from '../../steps/snapshot.js';
import type { BuildVolume } from '../../steps/volume.js';
import type { ProductConfig } from '../export.js';
import { exportAll } from './export-all.js';
import { causeOf, failureOf, RegionalFailures } from './failures.js';
import { importAll, openRegion, type RegionalImage, type RegionalWork, registerThere } from './one-region.js';
import { copyPhase } from './phase.js';
import { ResourceStack } from './resource-stack.js';

/** The copies of an OMI in other regions. They are removed at the end of the block unless they are final. */
export interface Copies extends AsyncDisposable {
  /** The complete OMIs. */
  readonly images: readonly RegionalImage[];
  /** What has to be final with the OMI. */
  readonly claims: readonly Claim[];
  /** With `omi_regions_on_failure: keep`: why the regions that are not complete have failed. */
  readonly failure: BuildError | undefined;
}

/**
 * Copies an OMI to the other regions, in parallel: exports its snapshots to the bucket, imports them in each
 * region and, once all imports are done, registers the OMI there.
 * @throws BuildError if a region fails, unless what is complete is to be kept; then everything is removed
 */
export async function copyToRegions(
  snapshot: Pick<BuildSnapshot, 'id'>,
  volume: BuildVolume,
  target: Target & Required<Pick<Target, 'regions'>>,
  config: ProductConfig,
  tools: Tools,
): Promise<Copies> {
  return await tools.report.phase(copyPhase, async () => {
    const isKept = config.copies.omi_regions_on_failure === 'keep';
    const failures = new RegionalFailures(!isKept);
    const exports = new ResourceStack();
    const works: RegionalWork[] = [];
    const removeAll = async (): Promise<void> => {
      for (const { stack } of works) await stack[Symbol.asyncDispose]();
      await exports[Symbol.asyncDispose]();
    };
    try {
      for (const region of target.regions ?? [])
        works.push(await openRegion(region, target, failures.stop, tools));
      const exported = await exportAll(
        { id: snapshot.id, size: volume.size },
        target,
        config,
        exports,
        tools,
      );
      const imported = await failures.inParallel(works, async (work) => ({
        ...work,
        snapshots: await importAll(work, exported, config.image),
      }));
      // An OMI of the name in a region is replaced only when no import can fail any more.
      const isStopped = failures.stop.aborted || tools.signal.aborted;
      const images = await failures.inParallel(
        isStopped ? [] : imported,
        async (work) => await registerThere(work, work.snapshots, volume, config.image),
      );
      tools.signal.throwIfAborted();
      const failure = failures.error(tools);
      if (failure !== undefined && !isKept) throw failure;
      tools.report.result(
        images.map(({ id, elsewhere: { region } }) => `${id} in ${region}`).join(', ') || 'none',
      );
      const products = works.flatMap(({ stack }) => stack.claims).filter(({ kind }) => kind !== 'discarded');
      const claims = [...products, ...(config.copies.keep_export ? exports.claims : [])];
      return { images, claims, failure, [Symbol.asyncDispose]: removeAll };
    } catch (error) {
      tools.onFailure();
      await removeAll().catch((left: unknown) => tools.report.warn(describe(left)));
      if (!isKept || tools.signal.aborted) throw error;
      const failure = failureOf('other regions', causeOf(error, tools));
      return { images: [], claims: [], failure, [Symbol.asyncDispose]: async () => {} };
    }
  });
}
