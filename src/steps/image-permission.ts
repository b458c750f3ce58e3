import { ApiError, isPermission } from '../outscale/errors.js';
import { acquire, type Undo } from '../runtime/resource.js';
import type { Tools } from '../runtime/tools.js';
import type { BuildContext, Target } from './check.js';

/**
 * Asks before anything is made whether this account may register an OMI. Only a refusal of the right counts: what a
 * dry run answers is not documented, nor is it sure that every cloud knows it.
 * @param goal undefined where it is not known yet.
 * @param undo puts away what a cloud that ignores DryRun has registered.
 */
export async function requireRights(
  { source }: BuildContext,
  target: Pick<Target, 'labels' | 'replaces'> | undefined,
  undo: Undo<'image'>,
  tools: Tools,
): Promise<void> {
  // From scratch there is nothing to ask with; a name that is taken would be the answer.
  if (source === undefined || target?.replaces !== undefined) return;
  const { rootDevice } = source;
  const { SnapshotId: snapshot } = source.root;
  const name = target?.labels.name ?? `build-omi ${tools.build.id}`;
  await using _asked = await acquire(
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
