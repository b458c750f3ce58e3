import { describe } from '../../common/errors.js';
import type { Cloud } from '../../outscale/client/client.js';
import { showImage } from '../../outscale/images/find.js';
import type { RemovedImage } from '../../report/manifest.js';
import type { Tools } from '../../runtime/tools.js';
import { removeExpired } from '../../steps/retention/expired.js';
import { type Decision, decide, type Newest, newestOf } from './decide.js';
import { readInventory } from './inventory.js';
import type { RetentionPolicy } from './policy.js';

/** A family of OMIs in one region. */
export interface Family {
  readonly policy: RetentionPolicy;
  /** A VM of the account in the region; undefined if it may have none there. */
  readonly vm: string | undefined;
  readonly newest: Newest;
}

/** The title of the phase, in the log and in a plan. */
export const retentionPhase = 'Remove older OMIs';

/**
 * Decides which OMIs of a family go. Changes nothing.
 * @param cloud the API of the region
 * @throws as readInventory: then nothing may be removed
 */
export async function findExpired(
  { policy, vm, newest }: Family,
  cloud: Cloud,
): Promise<{ readonly account: string; readonly decisions: readonly Decision[] }> {
  const inventory = await readInventory(cloud, { vm, hasVm: vm !== undefined, image: newest.id });
  return { account: inventory.account, decisions: decide(inventory, policy, newest, Date.now()) };
}

/** The same without a build: the newest available OMI is the one that stays. @throws as findExpired */
export async function findForPrune(
  policy: RetentionPolicy,
  vm: string | undefined,
  cloud: Cloud,
): Promise<{
  readonly account: string;
  readonly newest: string | undefined;
  readonly decisions: readonly Decision[];
}> {
  const inventory = await readInventory(cloud, { vm, hasVm: true, image: undefined });
  const newest = newestOf(inventory, policy.family);
  return {
    account: inventory.account,
    newest: newest && showImage(newest),
    decisions: decide(inventory, policy, { id: newest?.ImageId ?? '' }, Date.now()),
  };
}

/**
 * Removes the OMIs that go, the oldest first, with their snapshots, and continues after a failure, which is a
 * warning.
 * @param tools those of the region
 */
export async function removeAll(
  decisions: readonly Decision[],
  tools: Tools,
): Promise<{ readonly removed: readonly RemovedImage[]; readonly failures: number }> {
  const going = decisions.filter(({ goes }) => goes);
  const removed: RemovedImage[] = [];
  let failures = 0;
  for (const { id, name, snapshots, others } of going.toReversed()) {
    if (tools.signal.aborted) break;
    try {
      removed.push({ id, name, snapshots: await removeExpired({ id, name, snapshots }, tools) });
      if (others.length > 0)
        tools.report.notice(
          `${others.join(', ')} of ${id} not deleted: no build created it, or another OMI maps it`,
        );
    } catch (error) {
      failures += 1;
      tools.report.warn(`OMI ${id} ${name} not removed: ${describe(error)}`);
    }
  }
  return { removed, failures };
}

/**
 * Removes the older OMIs of a family after a build. A failure is a warning: the new OMI is final.
 * @param begin creates the ledger of a build that has created nothing
 * @param tools those of the region
 */
export async function applyRetention(
  family: Family,
  begin: () => Promise<void>,
  tools: Tools,
): Promise<readonly RemovedImage[]> {
  const { report, cloud } = tools;
  return await report.phase(retentionPhase, async () => {
    try {
      const { decisions } = await findExpired(family, cloud);
      for (const { id, name, why } of decisions.filter(({ isProtected }) => isProtected))
        report.info(`${id} ${name} stays: ${why}`);
      const going = decisions.filter(({ goes }) => goes);
      if (going.length > 0) await begin();
      const { removed } = await removeAll(going, tools);
      report.result(`${removed.length} of family ${family.policy.family} removed`);
      return removed;
    } catch (error) {
      report.warn(`No older OMI of family ${family.policy.family} was removed: ${describe(error)}`);
      return [];
    }
  });
}
