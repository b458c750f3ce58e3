import { BuildError } from '../common/errors.js';
import { waitFor } from '../common/wait.js';
import { localNames } from '../host/disk/block-devices.js';
import { freeNames } from '../host/disk/device-names.js';
import { exec } from '../host/exec/exec.js';
import { readVolume } from '../outscale/calls/lookups.js';
import type { Cloud } from '../outscale/client/client.js';

/** Reads a file of a snapshot without a mount, from a temporary volume. */
export async function readFromSnapshot(
  cloud: Cloud,
  snapshot: string,
  vm: { vmId: string; subregion: string },
  path: string,
): Promise<string> {
  const { Volume } = await cloud.call('CreateVolume', {
    SnapshotId: snapshot,
    SubregionName: vm.subregion,
  });
  const id = Volume?.VolumeId;
  const [device] = freeNames(localNames());
  if (id === undefined) throw new BuildError('CreateVolume answered without a volume ID');
  if (device === undefined) throw new BuildError('demo: no free device name to attach a volume');
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
  await cloud.call('LinkVolume', { VolumeId: id, VmId: vm.vmId, DeviceName: device });
  await until('attached');
  const { stdout } = await exec(['debugfs', '-R', `cat ${path}`, `${device}1`]);
  await cloud.call('UnlinkVolume', { VolumeId: id });
  await until('available');
  await cloud.call('DeleteVolume', { VolumeId: id });
  return stdout.trim();
}
