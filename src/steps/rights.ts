import { hold, type Undo } from '../hold.js';
import { ApiError, isPermission } from '../outscale/errors.js';
import type { Tools } from '../tools.js';
import type { Ground } from './check.js';

/**
 * Asks before anything is made whether this account may register an OMI. Only a refusal of the right counts: what a
 * dry run answers is not documented, nor is it sure that every cloud knows it.
 * @param undo puts away what a cloud that ignores DryRun has registered.
 */
export async function requireRights(ground: Ground, undo: Undo<'image'>, tools: Tools): Promise<void> {
  const { volume, labels, devices, replaces } = ground;
  const { SnapshotId: snapshot } = volume;
  // From scratch there is nothing to ask with; a name that is taken would be the answer.
  if (snapshot === undefined || replaces !== undefined) return;
  await using _asked = await hold(
    tools,
    'image',
    { name: labels.name, snapshot },
    async (claim) => {
      try {
        const { Image } = await tools.cloud.call('CreateImage', {
          DryRun: true,
          ImageName: labels.name,
          RootDeviceName: devices.root,
          BlockDeviceMappings: [{ DeviceName: devices.root, Bsu: { SnapshotId: snapshot } }],
        });
        if (Image?.ImageId === undefined) tools.ledger.strike(claim);
        else tools.ledger.learn(claim, { id: Image.ImageId });
      } catch (error) {
        if (error instanceof ApiError) tools.ledger.strike(claim);
        if (isPermission(error)) throw error;
      }
    },
    undo,
  );
}
