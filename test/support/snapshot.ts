import { diskAt, localNames } from '../../src/host/block-devices.js';
import { freeNames, suffixOf } from '../../src/host/device-names.js';
import { exec } from '../../src/host/exec.js';
import type { Cloud } from '../../src/outscale/client.js';
import { isConflict } from '../../src/outscale/errors.js';
import { readVolume } from '../../src/outscale/lookups.js';
import { waitFor } from '../../src/wait.js';
import type { TestCloud } from './cloud.js';

/** The filesystem in partition 1 of a snapshot, looked at without mounting it. */
export interface OpenSnapshot extends AsyncDisposable {
  /** The partition's device, for tools. */
  readonly device: string;
  read(path: string): Promise<string>;
  /** What debugfs(8) says of a file: mode, owner, link target. */
  describe(path: string): Promise<string>;
  /** The names in a folder, sorted. */
  list(path: string): Promise<string[]>;
  /** A full check finds nothing, and the journal has nothing to write back. */
  isClean(): Promise<boolean>;
}

/** Makes a volume of a snapshot and attaches it to this machine, by public calls. */
export async function openSnapshot(cloud: TestCloud, snapshot: string): Promise<OpenSnapshot> {
  const { api } = cloud;
  const { Vms } = await api.call('ReadVms', {});
  const { VmId = '', Placement } = Vms?.[0] ?? {};
  const { Volume } = await api.call('CreateVolume', {
    SnapshotId: snapshot,
    SubregionName: Placement?.SubregionName ?? 'eu-west-2a',
  });
  const id = Volume?.VolumeId ?? '';
  const until = async (state: string): Promise<unknown> =>
    await waitFor({
      what: id,
      read: () => readVolume(api, id),
      done: ({ State, LinkedVolumes }) => (LinkedVolumes?.[0]?.State ?? State) === state,
      describe: ({ State }) => ({ state: State ?? '' }),
      timeout: 30_000,
    });
  await until('available');
  const DeviceName = await linkSomewhere(api, id, VmId);
  await until('attached');
  const [disk] = [DeviceName, `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_sd${suffixOf(DeviceName)}`].flatMap(
    diskAt,
  );
  const device = `/dev/${disk}p1`;
  const debugfs = async (request: string): Promise<string> =>
    (await exec(['debugfs', '-R', request, device])).stdout;
  return {
    device,
    read: (path) => debugfs(`cat ${path}`),
    describe: (path) => debugfs(`stat ${path}`),
    list: async (path) =>
      (await debugfs(`ls -p ${path}`))
        .split('\n')
        .map((line) => line.split('/')[5] ?? '')
        .filter((name) => !['', '.', '..'].includes(name))
        .sort(),
    isClean: async () => {
      const check = await exec(['e2fsck', '-f', '-n', device], { answers: [1, 4, 8] });
      const header = await exec(['dumpe2fs', '-h', device]);
      return check.code === 0 && !header.stdout.includes('needs_recovery');
    },
    [Symbol.asyncDispose]: async () => {
      await api.call('UnlinkVolume', { VolumeId: id });
      await until('available');
      await api.call('DeleteVolume', { VolumeId: id });
    },
  };
}

/** Attaches under the first free name; one that somebody was quicker to get is passed over. */
async function linkSomewhere(api: Cloud, VolumeId: string, VmId: string): Promise<string> {
  for (const DeviceName of freeNames(localNames())) {
    try {
      await api.call('LinkVolume', { VolumeId, VmId, DeviceName });
      return DeviceName;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new Error('no device name is free');
}
