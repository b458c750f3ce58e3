import type { BuildConfig } from '../config/options/table.js';
import { tryCreateVolume } from '../outscale/calls/can-build-from.js';
import { ApiError, isPermission } from '../outscale/errors.js';
import { planVolume } from '../outscale/images/root-volume.js';
import { tokenOf } from '../outscale/ownership.js';
import { acquire, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext, Target } from './build-context.js';

/**
 * Checks before the build creates anything that this account may register an OMI. Only a refused permission
 * fails the build: the responses to a dry run are not documented, and a cloud may not support it.
 * @param target undefined if it is not known yet
 * @param undo deletes the OMI if a cloud ignores DryRun
 */
export async function requirePermission(
  { source }: BuildContext,
  target: Pick<Target, 'labels' | 'replaces'> | undefined,
  undo: Undo<'image'>,
  tools: Tools,
): Promise<void> {
  // A build from scratch has no snapshot to ask with. With an OMI to replace, the answer would be a name
  // conflict.
  if (source === undefined || target?.replaces !== undefined) return;
  const { rootDevice } = source;
  const { SnapshotId: snapshot } = source.root;
  // An image of a file has none either.
  if (snapshot === undefined) return;
  const name = target?.labels.name ?? `build-omi ${tools.build.id}`;
  await using _dryRun = await acquire(
    tools,
    'image',
    { name, snapshot },
    async (claim) => {
      try {
        const { Image } = await tools.checkCloud.call('CreateImage', {
          DryRun: true,
          ImageName: name,
          RootDeviceName: rootDevice,
          BlockDeviceMappings: [{ DeviceName: rootDevice, Bsu: { SnapshotId: snapshot } }],
        });
        if (Image?.ImageId === undefined) tools.ledger.close(claim);
        else tools.ledger.update(claim, { id: Image.ImageId });
      } catch (error) {
        if (error instanceof ApiError) tools.ledger.close(claim);
        if (isPermission(error)) throw error;
      }
    },
    undo,
  );
}

/** Not a key that marks a resource as that of a build: an API that ignores DryRun sets the tag. */
const tag = { Key: 'build-omi:dry-run', Value: '' };

/**
 * Asks the API by dry runs whether this account may create and tag the volume. A call that would change an
 * existing resource if an API ignored DryRun is not asked: Link, Unlink, Update and Delete. Only a refused
 * permission fails: the other answers to a dry run are not documented. Ownership tags may be refused, as in a
 * build.
 * @param wantsTags whether the user has set tags, which must not be refused
 * @throws ApiError with the name of the call
 */
export async function askPermissions(
  { vm, source }: BuildContext,
  config: BuildConfig['volume'],
  wantsTags: boolean,
  tools: Tools,
): Promise<void> {
  const asked = {
    CreateVolume: async () =>
      await tryCreateVolume(tools.cloud, {
        ClientToken: tokenOf(tools.build, vm.vmId, 'dry-run'),
        SubregionName: vm.subregion,
        ...planVolume(config, source?.root),
      }),
    CreateTags: async () =>
      await tools.cloud.call('CreateTags', { DryRun: true, ResourceIds: [vm.vmId], Tags: [tag] }),
  };
  for (const [call, ask] of Object.entries(asked)) {
    try {
      await ask();
      tools.report.info(`${call} is permitted`);
    } catch (error) {
      tools.signal.throwIfAborted();
      if (!isPermission(error)) tools.report.info(`${call}: not known whether it is permitted`);
      else if (call === 'CreateTags' && !wantsTags)
        tools.report.warn('CreateTags is not permitted: resources of the build will have no ownership tags');
      else throw error;
    }
  }
}
