import { BuildError } from '../common/errors.js';
import type { ImageConfig } from '../config/options/table.js';
import { asTags, readImage } from '../outscale/calls/lookups.js';
import { describeShares, sharedWith } from '../outscale/calls/permissions.js';
import { differences } from '../outscale/images/verify.js';
import type { Tools } from '../runtime/tools.js';
import type { Target } from './check.js';
import type { BuildImage } from './image.js';

/**
 * Tags the OMI, lets others launch it, then reads it back: what was asked for and is not there fails the build, what the API
 * added is told.
 */
export async function finishImage(
  image: BuildImage,
  target: Target,
  config: ImageConfig,
  tools: Tools,
): Promise<void> {
  await tools.report.phase('Share and read back', async () => {
    const { id, request } = image;
    const tags = asTags(target.labels.tags);
    if (tags.length > 0) await tools.cloud.call('CreateTags', { ResourceIds: [id], Tags: tags });
    const everybody = config.global_permission || config.omi_groups.includes('all');
    const shared = sharedWith(config.omi_account_ids, everybody);
    if (shared !== undefined) {
      await tools.cloud.call('UpdateImage', { ImageId: id, PermissionsToLaunch: { Additions: shared } });
      tools.report.info(`OMI ${id} is shared with ${describeShares(shared)}`);
    }
    const found = await readImage(tools.cloud, id);
    if (found === undefined) throw new BuildError(`OMI ${id} is not there any more`);
    const { missing, added } = differences({ request, tags, shared }, found);
    if (missing.length > 0) throw new BuildError(`OMI ${id} is not what was asked for`, { output: missing });
    for (const line of added) tools.report.notice(`OMI ${id}: ${line}`);
    tellOfOthers(image, config, tools);
  });
}

/** Tags and sharing touch no snapshot but the build's own: what else the OMI maps is told. */
function tellOfOthers({ request }: BuildImage, config: ImageConfig, tools: Tools): void {
  const asked = [config.tags, config.snapshot_tags, config.snapshot_users, config.snapshot_groups];
  if (asked.every((one) => Object.keys(one).length === 0)) return;
  const others = (request.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Bsu }) =>
    DeviceName === request.RootDeviceName ? [] : (Bsu?.SnapshotId ?? []),
  );
  if (others.length > 0)
    tools.report.notice(`tags and sharing leave ${others.join(', ')} alone: this build did not make them`);
}
