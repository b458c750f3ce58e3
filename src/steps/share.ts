import { BuildError } from '../common/errors.js';
import type { ImageConfig } from '../config/options/table.js';
import { asTags, readImage } from '../outscale/calls/lookups.js';
import { describeShares, sharedWith } from '../outscale/calls/permissions.js';
import { differences } from '../outscale/images/verify.js';
import { familyTags, ownershipTags } from '../outscale/ownership.js';
import { tagOwn } from '../runtime/own-tags.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './build-context.js';
import type { BuildImage } from './image.js';

/**
 * Tags and shares the OMI, then reads it back if that has changed it. A missing attribute fails the build; an
 * unexpected one is logged as a notice.
 */
export async function finishImage(
  image: BuildImage,
  target: Target,
  config: ImageConfig,
  tools: Tools,
): Promise<void> {
  await tools.report.phase('Share and read back', async () => {
    const { id, request } = image;
    const wanted = asTags({ ...target.labels.tags, ...familyTags(config.family) });
    const own = target.digest === undefined ? [] : [{ Key: ownershipTags.digest, Value: target.digest }];
    const isTagged = wanted.length + own.length > 0 && (await tagOwn(id, { wanted, own }, tools));
    const tags = isTagged ? [...wanted, ...own] : wanted;
    const everybody = config.global_permission || config.omi_groups.includes('all');
    const shared = sharedWith(config.omi_account_ids, everybody, target.account);
    if (shared !== undefined) {
      await tools.cloud.call('UpdateImage', { ImageId: id, PermissionsToLaunch: { Additions: shared } });
      tools.report.info(`Shared OMI ${id} with ${describeShares(shared)}`);
    }
    // Without tags and permissions nothing has changed since it was available.
    const isChanged = tags.length > 0 || shared !== undefined;
    const found = isChanged ? await readImage(tools.cloud, id) : image.found;
    if (found === undefined) throw new BuildError(`OMI ${id} no longer exists`);
    const { missing, added } = differences({ request, tags, shared }, found);
    if (missing.length > 0) throw new BuildError(`OMI ${id} differs from the request`, { output: missing });
    for (const line of added) tools.report.notice(`OMI ${id}: ${line}`);
    noticeOthers(image, config, tools);
  });
}

/** Reports other snapshots that the OMI maps: tags and permissions apply only to the build's own snapshot. */
function noticeOthers({ request }: BuildImage, config: ImageConfig, tools: Tools): void {
  // In another region the build has imported all of them.
  if (tools.elsewhere !== undefined) return;
  const asked = [config.tags, config.snapshot_tags, config.snapshot_users, config.snapshot_groups];
  if (asked.every((one) => Object.keys(one).length === 0)) return;
  const others = (request.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Bsu }) =>
    DeviceName === request.RootDeviceName ? [] : (Bsu?.SnapshotId ?? []),
  );
  if (others.length > 0)
    tools.report.notice(
      `Tags and permissions not applied to ${others.join(', ')}: not created by this build`,
    );
}
