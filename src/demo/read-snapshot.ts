import { BuildError } from '../common/errors.js';
import { waitFor } from '../common/wait.js';
import { localNames } from '../host/disk/block-devices.js';
import { freeNames, suffixOf } from '../host/disk/device-names.js';
import { exec } from '../host/exec/exec.js';
import { askContested, type Timing } from '../outscale/calls/contested.js';
import { readVolume } from '../outscale/calls/lookups.js';
import type { Cloud } from '../outscale/client/client.js';

/** Reads a file of a snapshot without a mount, from a temporary volume. */
export async function readFromSnapshot(
  cloud: Cloud,
  snapshot: string,
  vm: { vmId: string; subregion: string },
  path: string,
  time?: Timing,
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
  const device = await link(cloud, id, vm.vmId, time);
  await until('attached');
  const { stdout } = await exec(['debugfs', '-R', `cat ${path}`, `${device}1`]);
  await cloud.call('UnlinkVolume', { VolumeId: id });
  await until('available');
  await cloud.call('DeleteVolume', { VolumeId: id });
  return stdout.trim();
}

/** Attaches a volume under the first free name that no other process uses in the meantime. */
async function link(cloud: Cloud, VolumeId: string, VmId: string, time?: Timing): Promise<string> {
  const refused: string[] = [];
  let DeviceName = '';
  return await askContested(
    {
      ask: async () => {
        const [free] = freeNames([...localNames(), ...refused]);
        if (free === undefined) throw new BuildError('demo: no free device name to attach a volume');
        DeviceName = free;
        await cloud.call('LinkVolume', { VolumeId, VmId, DeviceName });
        return DeviceName;
      },
      isExplained: () => Promise.resolve(localNames().map(suffixOf).includes(suffixOf(DeviceName))),
      refused: () => refused.push(DeviceName),
      signal: new AbortController().signal,
    },
    time,
  );
}
