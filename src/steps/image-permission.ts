import { ApiError, isPermission } from '../outscale/errors.js';
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
  const name = target?.labels.name ?? `build-omi ${tools.build.id}`;
  await using _dryRun = await acquire(
    tools,
    'image',
    { name, snapshot },
    async (claim) => {
      try {
        const { Image } = await tools.cloud.call('CreateImage', {
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
