import { BuildError } from '../common/errors.js';
import type { VmFacts } from '../host/vm.js';
import type { Elsewhere } from '../ledger/elsewhere.js';
import { familyTags } from '../outscale/ownership.js';
import { findDeviceName } from '../runtime/device-name.js';
import { registersImage } from '../runtime/registers-image.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from '../steps/build-context.js';
import { requireUnclaimedName } from '../steps/check.js';
import { undoImage } from '../steps/image.js';
import { askPermissions, requirePermission } from '../steps/image-permission.js';
import { labelsOf } from '../steps/labels.js';
import { checkBuild } from './checks.js';
import { findUnshared } from './copied-source.js';
import { type PlannedStep, plannedSteps } from './planned-steps.js';
import { type BuildInput, tasksOf } from './tasks.js';
import { findUnchanged } from './unchanged.js';

/** What a build would do. */
export interface Plan {
  readonly target: Target;
  readonly steps: readonly PlannedStep[];
  /** The ID of the OMI that it would reuse; undefined if it would build one. */
  readonly reuses?: string;
  /** The OMI in other regions. */
  readonly copies: readonly PlannedCopy[];
}

/** The OMI in another region. */
interface PlannedCopy {
  readonly elsewhere: Elsewhere;
  /** Undefined if the build would create it. */
  readonly id: string | undefined;
  readonly name: string;
}

/**
 * Makes the checks of a build, and asks for the permissions that it needs, as far as a dry run can. Creates
 * and changes nothing.
 * @throws as checkBuild
 */
export async function planBuild(config: BuildInput, vm: VmFacts, tools: Tools): Promise<Plan> {
  const tasks = tasksOf(config, tools.report);
  const search = await findUnchanged(config, tasks, vm, tools);
  if (search?.found !== undefined) {
    const { found, resolved } = search;
    const target = { ...resolved.context, labels: labelsOf(resolved.texts), replaces: undefined };
    const step = {
      title: 'Reuse unchanged OMI',
      details: [
        `${found.id} ${found.name}`,
        ...found.copies.regions.map(({ elsewhere, image }) => `${image.id} in ${elsewhere.region}`),
      ],
    };
    const copies = found.copies.regions.map(({ elsewhere, image: { id, name } }) => ({
      elsewhere,
      id,
      name,
    }));
    return { target, steps: [step], reuses: found.id, copies };
  }
  return await tools.report.phase('Check', async () => {
    const { context, target, volumeTags } = await checkBuild(config, vm, tools, search?.resolved);
    if (target === undefined) throw new BuildError('omi_name: is missing');
    // A build claims the name instead.
    await requireUnclaimedName(target, config.image, tools);
    const device = await findDeviceName(config.mount.device_path, vm.vmId, tools);
    const needsCopy = (await findUnshared(context, tools)) !== undefined;
    // The snapshot of a source that has to be copied cannot be used to ask.
    if (!needsCopy) {
      const { labels } = target;
      const own = familyTags(config.image.family);
      const wantsTags = [volumeTags, labels.tags, labels.snapshotTags, own].some(
        (tags) => Object.keys(tags).length > 0,
      );
      await askPermissions(context, config.volume, wantsTags, tools);
      if (registersImage(config.image)) await requirePermission(context, target, undoImage, tools);
    }
    const { regions = [] } = target;
    const copies = regions.map(({ elsewhere, name }) => ({ elsewhere, id: undefined, name }));
    return { target, steps: plannedSteps(config, { target, tasks, volumeTags, device, needsCopy }), copies };
  });
}
