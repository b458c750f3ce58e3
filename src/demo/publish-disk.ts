import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { waitFor } from '../common/wait.js';
import { readImage, readSnapshot } from '../outscale/calls/lookups.js';
import { required } from '../outscale/calls/required.js';
import type { Cloud } from '../outscale/client/client.js';

/**
 * Publishes a disk image as an OMI, with the calls of a disk import: a snapshot from a file, an OMI from the
 * snapshot. The emulator accepts `file:` URLs; the API needs a pre-signed URL.
 * @returns the ID of the OMI, which is available.
 */
export async function publishDisk(cloud: Cloud, path: string, name: string): Promise<string> {
  const { Snapshot } = await cloud.call('CreateSnapshot', {
    FileLocation: pathToFileURL(path).href,
    SnapshotSize: statSync(path).size,
    Description: name,
  });
  const snapshot = required(Snapshot?.SnapshotId, 'CreateSnapshot');
  await waitForState(
    `snapshot ${snapshot}`,
    'completed',
    async () => (await readSnapshot(cloud, snapshot))?.State,
  );
  const { Image } = await cloud.call('CreateImage', {
    ImageName: name,
    RootDeviceName: '/dev/sda1',
    Architecture: 'x86_64',
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda1', Bsu: { SnapshotId: snapshot, VolumeType: 'gp2', DeleteOnVmDeletion: true } },
    ],
  });
  const image = required(Image?.ImageId, 'CreateImage');
  await waitForState(`OMI ${image}`, 'available', async () => (await readImage(cloud, image))?.State);
  return image;
}

async function waitForState(
  what: string,
  wanted: string,
  read: () => Promise<string | undefined>,
): Promise<void> {
  await waitFor({
    what,
    read,
    done: (state) => state === wanted,
    failed: (state) => (state === 'error' || state === 'failed' ? `its state is ${state}` : undefined),
    describe: (state) => ({ state }),
    timeout: 60_000,
  });
}
