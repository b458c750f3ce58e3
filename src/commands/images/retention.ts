import type { RetentionPolicy } from '../../cleanup/retention/policy.js';
import type * as retention from '../../cleanup/retention/retention.js';
import type { Family } from '../../cleanup/retention/retention.js';
import { describe } from '../../common/errors.js';
import { accountOf } from '../../outscale/calls/account.js';
import type { Cloud } from '../../outscale/client/client.js';
import type { Plan } from '../../pipeline/plan.js';
import type { PlannedStep } from '../../pipeline/planned-steps.js';
import type { Outcome } from '../../pipeline/publish.js';
import type { RemovedImage } from '../../report/manifest.js';
import type { Tools } from '../../runtime/tools.js';

/** Only builds with a retention load it. */
const retaining = async (): Promise<typeof retention> =>
  await import(/* webpackMode: "eager" */ '../../cleanup/retention/retention.js');

/**
 * Removes the older OMIs of the family of a build that has succeeded.
 * @param policy undefined if the options ask for no retention
 * @param vm the ID of this VM
 * @returns what was removed; undefined without a retention
 */
export async function retainFamily(
  policy: RetentionPolicy | undefined,
  { image, isReused, copies = [], failure }: Outcome,
  vm: string,
  tools: Tools,
): Promise<readonly RemovedImage[] | undefined> {
  // While a region lacks the new OMI, the older ones stay everywhere.
  if (policy === undefined || image === undefined || failure !== undefined) return undefined;
  const { applyRetention } = await retaining();
  let isBegun = isReused !== true;
  const begin = async (): Promise<void> => {
    if (isBegun) return;
    isBegun = true;
    await tools.ledger.begin(await accountOf(tools.cloud, vm));
  };
  const removed = [...(await applyRetention({ policy, vm, newest: image }, begin, tools))];
  for (const { elsewhere, ...newest } of copies) {
    const there = await tools.inRegion(elsewhere);
    // The account need not have a VM there.
    const gone = await applyRetention({ policy, vm: undefined, newest }, begin, there);
    removed.push(...gone.map((one) => ({ region: elsewhere.region, ...one })));
  }
  return removed;
}

/** The OMI of a plan. */
interface PlannedImage extends Pick<Plan, 'reuses' | 'copies'> {
  readonly target: { readonly vm: { readonly vmId: string }; readonly labels: { readonly name: string } };
}

/** What retention would do after a build; nothing without one. */
export async function plannedRetention(
  policy: RetentionPolicy | undefined,
  { target, reuses, copies }: PlannedImage,
  tools: Tools,
): Promise<PlannedStep[]> {
  if (policy === undefined) return [];
  const { retentionPhase: title } = await retaining();
  const { vm, labels } = target;
  const lines = await plannedLines(
    { policy, vm: vm.vmId, newest: { id: reuses, name: labels.name } },
    tools.cloud,
  );
  for (const { elsewhere, ...newest } of copies) {
    const { cloud } = await tools.inRegion(elsewhere);
    const there = await plannedLines({ policy, vm: undefined, newest }, cloud);
    lines.push(...there.map((line) => `${elsewhere.region}: ${line}`));
  }
  return [{ title, details: lines }];
}

async function plannedLines(family: Family, cloud: Cloud): Promise<string[]> {
  const { findExpired } = await retaining();
  try {
    const { decisions } = await findExpired(family, cloud);
    const lines = decisions
      .filter(({ goes, isProtected }) => goes || isProtected)
      .map(({ id, name, goes, why }) => `${id} ${name}${goes ? '' : ' stays'}: ${why}`);
    return lines.length === 0 ? ['none'] : lines;
  } catch (error) {
    return [`none: ${describe(error)}`];
  }
}
