import { BuildError } from '../common/errors.js';
import { waitFor } from '../common/wait.js';
import { localNames } from '../host/disk/block-devices.js';
import { freeNames } from '../host/disk/device-names.js';
import { exec } from '../host/exec/exec.js';
import { readVolume } from '../outscale/calls/lookups.js';
import type { Cloud } from '../outscale/client/client.js';
import { isConflict } from '../outscale/errors.js';

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
  if (id === undefined) throw new BuildError('CreateVolume answered without a volume ID');
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
  const device = await link(cloud, id, vm.vmId);
  await until('attached');
  const { stdout } = await exec(['debugfs', '-R', `cat ${path}`, `${device}1`]);
  await cloud.call('UnlinkVolume', { VolumeId: id });
  await until('available');
  await cloud.call('DeleteVolume', { VolumeId: id });
  return stdout.trim();
}

/** Attaches a volume under the first free name that no other process uses in the meantime. */
async function link(cloud: Cloud, VolumeId: string, VmId: string): Promise<string> {
  for (const DeviceName of freeNames(localNames())) {
    try {
      await cloud.call('LinkVolume', { VolumeId, VmId, DeviceName });
      return DeviceName;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new BuildError('demo: no free device name to attach a volume');
}
