import { BuildError } from '../common/errors.js';
import { waitFor } from '../common/wait.js';
import { localNames } from '../host/disk/block-devices.js';
import { freeNames } from '../host/disk/device-names.js';
import { exec } from '../host/exec/exec.js';
import { readVolume } from '../outscale/calls/lookups.js';
import type { Cloud } from '../outscale/client/client.js';

/** Where a file of a snapshot is read: a volume is made of it and attached, and the file is read without a mount. */
export async function readFromSnapshot(
  cloud: Cloud,
  snapshot: string,
  place: { vmId: string; subregion: string },
  path: string,
): Promise<string> {
  const { Volume } = await cloud.call('CreateVolume', {
    SnapshotId: snapshot,
    SubregionName: place.subregion,
  });
  const id = Volume?.VolumeId;
  const [device] = freeNames(localNames());
  if (id === undefined || device === undefined)
    throw new BuildError('there is no volume or no device name to look into the snapshot');
  const until = async (state: string): Promise<void> => {
    await waitFor({
      what: `volume ${id}`,
      read: () => readVolume(cloud, id),
      done: ({ State, LinkedVolumes }) => (LinkedVolumes?.[0]?.State ?? State) === state,
      describe: ({ State }) => ({ state: State ?? 'unknown' }),
      timeout: 60_000,
    });
  };
  await until('available');
  await cloud.call('LinkVolume', { VolumeId: id, VmId: place.vmId, DeviceName: device });
  await until('attached');
  const { stdout } = await exec(['debugfs', '-R', `cat ${path}`, `${device}1`]);
  await cloud.call('UnlinkVolume', { VolumeId: id });
  await until('available');
  await cloud.call('DeleteVolume', { VolumeId: id });
  return stdout.trim();
}
