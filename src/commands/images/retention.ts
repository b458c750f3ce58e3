import type { RetentionPolicy } from '../../cleanup/retention/policy.js';
import type * as retention from '../../cleanup/retention/retention.js';
import { describe } from '../../common/errors.js';
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
  { image, isReused }: Outcome,
  vm: string,
  tools: Tools,
): Promise<readonly RemovedImage[] | undefined> {
  if (policy === undefined || image === undefined) return undefined;
  const { applyRetention } = await retaining();
  const begin = async (account: string): Promise<void> => {
    if (isReused) await tools.ledger.begin(account);
  };
  return await applyRetention({ policy, vm, newest: image }, begin, tools);
}

/** What retention would do after a build; nothing without one. */
export async function plannedRetention(
  policy: RetentionPolicy | undefined,
  { target, reuses }: Plan,
  tools: Tools,
): Promise<PlannedStep[]> {
  if (policy === undefined) return [];
  const { findExpired, retentionPhase: title } = await retaining();
  const { vm, labels } = target;
  const newest = { id: reuses, name: labels.name };
  try {
    const { decisions } = await findExpired({ policy, vm: vm.vmId, newest }, tools.cloud);
    const lines = decisions
      .filter(({ goes, isProtected }) => goes || isProtected)
      .map(({ id, name, goes, why }) => `${id} ${name}${goes ? '' : ' stays'}: ${why}`);
    return [{ title, details: lines.length === 0 ? ['none'] : lines }];
  } catch (error) {
    return [{ title, details: [`none: ${describe(error)}`] }];
  }
}
